"""Small cards for tests."""

from __future__ import annotations

from caffe.zoo import card

SHA1 = "9116a64c0fbe4459d18f4bb6b56d647b63920377"
FIRST = f"""\
---
name: BAIR/BVLC AlexNet Model
caffemodel: bvlc_alexnet.caffemodel
caffemodel_url: http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel
license: unrestricted
sha1: {SHA1}
caffe_commit: 709dc15af4a06bebda027c1eb2b3f3e3375d5077
gist_id:
---

# AlexNet

Text.
"""
SECOND = f"""\
---
name: small
caffemodel: small.caffemodel
caffemodel_url: https://example.org/small.caffemodel
license: BSD-2-Clause
sha1: {SHA1}
card: 2
# files
files:
- name: small.caffemodel
  role: weights
  sha1: {SHA1}
  urls:
  - https://example.org/small.caffemodel
inputs:
- name: data
  shape: [1, 3, 8, 8]
  order: BGR
  mean: [104, 117, 123]
labels: [cat, dog]
---
Text.
"""


def parse(text: str) -> card.ModelCard:
    return card.parse(text, "m/readme.md")


def front(*lines: str) -> str:
    return "\n".join(["---", "name: x", *lines, "---", ""])


def second(*lines: str) -> str:
    return front("card: 2", *lines)
