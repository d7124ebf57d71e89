"""The cases in which the library decided to do something else than the original, and why.

docs/differences.md tells the same to users. A case that stands here has to differ: one that agrees is an error.
"""

DIFFERENT = {
    "layers/ReLU/negslope-negative-inplace":
        "in place with a negative slope below 0 the original takes the gradient from the overwritten bottom",
    "layers/Clip/inplace": "in place the original takes the gradient from the overwritten bottom",
    "layers/Power/cube-at-zero": "the gradient at 0 is that of the function, not the NaN of 0 / 0",
    "layers/Power/linear-inplace":
        "in place the original multiplies scale with itself: its gradient does not depend on the top's at all",
    "layers/Pooling/outside-window-k1s3-ave": "the average of a window without any value is 0, not NaN",
    "layers/Pooling/outside-window-k2s4-ave": "the average of a window without any value is 0, not NaN",
    "errors/errors.json#h5-save-layer-name-with-slash":
        "layers with a slash in their name are written as nested groups of HDF5, and read back",
    "solver/full-scale-iter-size2":
        "with iter_size the gradient of a Scale as large as its bottom is summed up, not overwritten",
    "forks/BN/segnet_constant_channel":
        "a channel of equal values has the variance 0, not the rounding error of a difference",
    "errors/errors.json#prelu-5d": "PReLU takes any number of axes",
    "errors/errors.json#mvn-5d": "MVN takes any number of axes",
    "errors/errors.json#pool-stochastic": "STOCHASTIC pooling works on the CPU",
    "errors/errors.json#softmaxloss-two-tops": "the second top, the probabilities, works as documented",
    "errors/errors.json#softmaxloss-two-tops-with-weights": "the second top, the probabilities, works as documented",
    "errors/errors.json#weights-other": "weights that have nothing for any layer of the net are an error",
    "errors/errors.json#weights-h5-other": "weights that have nothing for any layer of the net are an error",
    "forks/MultiBoxLoss/logistic_no_mining":
        "the targets of all images are where they belong; the original's from the second image on are not",
    "forks/MultiBoxLoss/nms_without_top_k":
        "without top_k all candidates are looked at, as in DetectionOutput; the original takes none",
    "forks/SmoothL1Loss/no_loss_weight":
        "without a loss_weight it is 1, as in all losses; in the original the layer then trains nothing",
    "data/db_lmdb_encoded_png": "a grey file is stored in colour where colour is asked for",
    "data/db_lmdb_encoded_native": "a grey file is stored in colour where colour is asked for",
    "data/db_lmdb_gray_encoded": "a file in colours is stored as a grey one where -gray is given",
    "errors/errors.json#tool-mean-mixed-channels":
        "convert_imageset -encoded makes records of one number of channels, of which there is a mean",
}
