"""Beam search: the likeliest sentences of a model that tells one word after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

# What a model keeps between words: arrays 1 x N x D, N sentences side by side.
States = list[np.ndarray]

# From the last word of each of N sentences and what the model kept of them, to the probabilities of
# the next word, N x words, and what it keeps now.
Step = Callable[[np.ndarray, States], "tuple[np.ndarray, States]"]


@dataclass(frozen=True)
class Sentence:
    """Word numbers, without the one that ends it, and the logarithm of their probability."""

    words: tuple[int, ...] = ()
    log_probability: float = 0.0
    ended: bool = False  # False: cut where it got too long


def beam_search(
    step: Step, states: States, width: int, longest: int, end: int = 0
) -> list[Sentence]:
    """The best `width` sentences, likeliest first, of no more than `longest` words.

    `states` (1 x 1 x D each) are what the model kept of its input; `end` is the word that begins
    and ends a sentence. In each round every sentence is continued by every word, and the likeliest
    `width` go on; one that has ended stays in the race as it is.
    """
    done: list[Sentence] = []
    going = [Sentence()]
    while going:
        last = np.array([one.words[-1] if one.words else end for one in going])
        probabilities, states = step(last, states)
        with np.errstate(divide="ignore"):
            scores = np.log(probabilities) + np.array([[one.log_probability] for one in going])
        candidates: list[tuple[Sentence, int]] = [(one, -1) for one in done]
        for place in np.argsort(-scores, axis=None, kind="stable")[:width]:
            row, word = divmod(int(place), scores.shape[1])
            words = going[row].words if word == end else (*going[row].words, word)
            sentence = Sentence(words, float(scores[row, word]), ended=word == end)
            candidates.append((sentence, row))
        candidates.sort(key=lambda one: -one[0].log_probability)
        best = candidates[:width]
        finished = [row < 0 or one.ended or len(one.words) == longest for one, row in best]
        done = [one for (one, _), over in zip(best, finished) if over]
        going = [one for (one, _), over in zip(best, finished) if not over]
        rows = [row for (_, row), over in zip(best, finished) if not over]
        states = [state[:, rows] for state in states]
    return done


def as_text(sentence: Sentence, vocabulary: list[str]) -> str:
    """With a capital and a full stop; with ... where it was cut."""
    words = " ".join(vocabulary[word] for word in sentence.words)
    return words[:1].upper() + words[1:] + ("." if sentence.ended else "...")


def read_vocabulary(lines: Iterable[str]) -> list[str]:
    """From a file of a word a line; word 0, which it does not have, is the end of a sentence."""
    return ["<EOS>", *(line.strip() for line in lines if line.strip())]
