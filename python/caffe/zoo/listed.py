"""The models that the zoo's documents list, in their order: what they are called, their cards, and
the folders that their definitions are published in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


@dataclass(frozen=True)
class Listed:
    """A model. `card` is the name of its card, `places` are patterns of the ends of its
    definitions' paths, first those that stand for it."""

    title: str
    card: str
    places: tuple[str, ...]

    def has(self, path: Path) -> bool:
        """Whether a definition is one of the model's."""
        return self.rank(path) < len(self.places)

    def rank(self, path: Path) -> int:
        """Which place a definition is in, one more than there are for none."""
        name = f"/{path.absolute().as_posix()}"
        fits = (i for i, place in enumerate(self.places) if fnmatch(name, f"*/{place}"))
        return next(fits, len(self.places))


def _one(title: str, folder: str, *further: str) -> Listed:
    places = [place if "." in place.rsplit("/", 1)[-1] else f"{place}/*" for place in further]
    return Listed(title, folder, (f"{folder}/*", *places))


def _of(title: str, card: str, *places: str) -> Listed:
    return Listed(title, card, places)


MODELS: Sequence[Listed] = [
    _one("AlexNet", "bvlc_alexnet"),
    _one("CaffeNet", "bvlc_reference_caffenet"),
    _one("GoogLeNet", "bvlc_googlenet"),
    _one("R-CNN ILSVRC13", "bvlc_reference_rcnn_ilsvrc13", "finetune_pascal_detection"),
    _one("Flickr style", "finetune_flickr_style", "finetune_flickr_style_gist"),
    _one("NIN-ImageNet", "nin_imagenet"),
    _one("NIN-CIFAR10", "nin_cifar10"),
    _one("VGG_CNN_S", "vgg_cnn_s"),
    _one("VGG_CNN_M", "vgg_cnn_m"),
    _one("VGG_CNN_M_2048", "vgg_cnn_m_2048"),
    _one("VGG_CNN_M_1024", "vgg_cnn_m_1024"),
    _one("VGG_CNN_M_128", "vgg_cnn_m_128"),
    _one("VGG_CNN_F", "vgg_cnn_f"),
    _one("VGG-16", "vgg_ilsvrc_16"),
    _one("VGG-19", "vgg_ilsvrc_19"),
    _one("Places205-AlexNet", "places205_alexnet"),
    _one("Hybrid-CNN", "places_hybridcnn"),
    _one("Places205-GoogLeNet", "places205_googlenet"),
    _one("Princeton GoogLeNet", "princeton_googlenet_posenet"),
    _of("FCN-32s PASCAL", "voc-fcn32s", "voc-fcn32s/*"),
    _of("FCN-16s PASCAL", "voc-fcn16s", "voc-fcn16s/*", "netscope_fcn16s/*"),
    _of(
        "FCN-8s PASCAL",
        "voc-fcn8s",
        "voc-fcn8s/*",
        "voc-fcn8s-atonce/*",
        "netscope_fcn8s_pascal/*",
        "opencv_extra_fcn8s_heavy/*",
    ),
    _of("FCN-AlexNet PASCAL", "voc-fcn-alexnet", "voc-fcn-alexnet/*"),
    _of("FCN-16s SIFT Flow", "siftflow-fcn16s", "siftflow-fcn16s/*", "siftflow-fcn*/*"),
    _of("FCN-32s NYUDv2", "nyud-fcn32s-color-hha", "nyud-fcn32s-color-hha/*", "nyud-fcn32s*/*"),
    _of("FCN-16s NYUDv2", "nyud-fcn16s-color-hha", "nyud-fcn16s*/*"),
    _of("FCN-32s PASCAL-Context", "pascalcontext-fcn32s", "pascalcontext-fcn32s/*"),
    _of("FCN-16s PASCAL-Context", "pascalcontext-fcn16s", "pascalcontext-fcn16s/*"),
    _of("FCN-8s PASCAL-Context", "pascalcontext-fcn8s", "pascalcontext-fcn8s/*"),
    _one("Oxford 102 flowers", "oxford102_caffenet", "oxford102_jimgoo/*"),
    _one("SOS AlexNet", "sos_alexnet"),
    _one("SOS VGG16", "sos_vgg16"),
    _one("CIFAR10-48bit hash", "cvprw15_hash48"),
    _one("Places-CNDS-8", "places_cnds8"),
    _of("Age", "agegender_age", "agegender_age/*", "age_gender_gist/*age*"),
    _of("Gender", "agegender_gender", "agegender_gender/*", "age_gender_gist/*gender*"),
    _one("GoogLeNet_cars", "googlenet_cars"),
    _one("ParseNet", "parsenet"),
    _one("ParseNet reduced VGG", "parsenet_vgg16_reduced"),
    _of(
        "SegNet",
        "segnet",
        "segnet/*/segnet_model_driving_webdemo.prototxt",
        "segnet/*/segnet_*",
        "segnet/*/train_segnet_*",
    ),
    _of(
        "Bayesian SegNet",
        "bayesian_segnet",
        "segnet/*/bayesian_segnet_camvid.prototxt",
        "segnet/*/bayesian_segnet_*",
    ),
    _one("CRF-RNN", "crfasrnn"),
    _one("HED", "hed", "hed_author"),
    _one("Video2Text mean pool", "video2text_vgg_mean_pool", "recurrent_youtube"),
    _one("S2VT", "s2vt", "recurrent_s2vt"),
    _one("VGG Face", "vgg_face"),
    _one("Yearbook", "yearbook"),
    _of("CCNN", "ccnn", "ccnn/*"),
    _one("Emotion", "emotion_emotiw", "emotion_gshine"),
    _one("TCNN landmarks", "facial_landmark_vanillacnn", "facial_landmark_vanillacnn_author"),
    _of(
        "Faster R-CNN VGG16",
        "faster_rcnn_vgg16",
        "faster_rcnn/VGG16_*/faster_rcnn_test.pt",
        "faster_rcnn/VGG16_*/*",
    ),
    _of(
        "Faster R-CNN VGG_CNN_M_1024",
        "faster_rcnn_vgg16",
        "faster_rcnn/VGG_CNN_M*/faster_rcnn_test.pt",
        "faster_rcnn/VGG_CNN_M*/*",
    ),
    _of(
        "Faster R-CNN ZF",
        "faster_rcnn_zf",
        "faster_rcnn/ZF_*/faster_rcnn_test.pt",
        "faster_rcnn/ZF_*/*",
    ),
    _one("ResNet-50", "resnet_50", "resnet_msra/ResNet-50-deploy.prototxt"),
    _one("ResNet-101", "resnet_101", "resnet_msra/ResNet-101-deploy.prototxt"),
    _one("ResNet-152", "resnet_152", "resnet_msra/ResNet-152-deploy.prototxt"),
]


def model_of(path: Path) -> Listed | None:
    """The listed model that a definition belongs to: the one whose pattern is the longest."""
    fitting = [one for one in MODELS if one.has(path)]

    def length(one: Listed) -> int:
        name = f"/{path.absolute().as_posix()}"
        return max(len(place) for place in one.places if fnmatch(name, f"*/{place}"))

    return max(fitting, key=length) if fitting else None
