"""What each layer type is exported with in test_onnx.py: one row a behaviour that the mapping tells apart."""

from __future__ import annotations

# One image small enough to be quick, odd enough to have every rounding.
IMAGE = (2, 6, 9, 11)


def row(type: str, fields: str = "", *shapes: tuple[int, ...], tops: int = 1) -> tuple[str, list[tuple[int, ...]]]:
    """A layer of that type over inputs of these shapes, x0, x1 ..., and their list."""
    given = list(shapes) or [IMAGE]
    bottoms = " ".join(f'bottom: "x{i}"' for i in range(len(given)))
    names = " ".join(f'top: "y{i}"' for i in range(tops))
    return f'layer {{ name: "it" type: "{type}" {bottoms} {names} {fields} }}', given


def convolution(fields: str, *shapes: tuple[int, ...], type: str = "Convolution", tops: int = 1):
    return row(type, f"convolution_param {{ {fields} }}", *shapes, tops=tops)


def pooling(fields: str, shape: tuple[int, ...] = IMAGE, tops: int = 1):
    return row("Pooling", f"pooling_param {{ {fields} }}", shape, tops=tops)


ROWS = {
    # Functions of each value
    "absval": row("AbsVal"),
    "bnll": row("BNLL"),
    "clip": row("Clip", "clip_param { min: -0.5 max: 0.25 }"),
    "clip the wrong way round": row("Clip", "clip_param { min: 0.5 max: -0.25 }"),
    "dropout": row("Dropout"),
    "dropout that scales in phase TEST": row("Dropout", "dropout_param { dropout_ratio: 0.25 scale_train: false }"),
    "elu": row("ELU", "elu_param { alpha: 0.7 }"),
    "exp": row("Exp"),
    "exp to a base": row("Exp", "exp_param { base: 2 scale: -0.5 shift: 0.3 }"),
    "log": row("Log", "log_param { scale: 0.1 shift: 4 }"),
    "log to a base": row("Log", "log_param { base: 10 scale: 0.1 shift: 4 }"),
    "power": row("Power", "power_param { power: 3 scale: 0.5 shift: 0.1 }"),
    "power, linear": row("Power", "power_param { scale: -2 shift: 1 }"),
    "power, nothing": row("Power"),
    "prelu": row("PReLU"),
    "prelu of vectors": row("PReLU", "", (3, 5)),
    "prelu, one slope": row("PReLU", "prelu_param { channel_shared: true }"),
    "relu": row("ReLU"),
    "relu with a slope": row("ReLU", "relu_param { negative_slope: 0.1 }"),
    "relu6": row("ReLU6"),
    "relu6 with a slope": row("ReLU6", "relu6_param { negative_slope: 0.1 }"),
    "sigmoid": row("Sigmoid"),
    "swish": row("Swish", "swish_param { beta: 1.5 }"),
    "tanh": row("TanH"),
    "threshold": row("Threshold", "threshold_param { threshold: 0.2 }"),
    # Convolutions
    "convolution": convolution("num_output: 4 kernel_size: 3"),
    "convolution with everything": convolution(
        "num_output: 4 kernel_h: 3 kernel_w: 2 pad_h: 2 pad_w: 1 stride_h: 2 stride_w: 3 dilation: 2 group: 2"
        " bias_term: false"),
    "convolution of volumes": convolution("num_output: 4 kernel_size: 2 kernel_size: 3 kernel_size: 1 pad: 1",
                                          (2, 3, 5, 6, 4)),
    "convolution of rows": convolution("num_output: 4 kernel_size: 3 stride: 2", (2, 3, 9)),
    "convolution behind two batch axes": convolution("num_output: 4 kernel_size: 3 axis: 2", (2, 2, 3, 5, 6)),
    "convolution of two bottoms": convolution("num_output: 4 kernel_size: 3", IMAGE, IMAGE, tops=2),
    "convolution in video-caffe's words": convolution(
        "num_output: 4 kernel_shape { dim: 2 dim: 3 dim: 1 } pad_shape { dim: 1 dim: 0 dim: 1 }", (2, 3, 5, 6, 4),
        type="NdConvolution"),
    "depthwise": convolution("kernel_size: 3 pad: 1 stride: 2", type="ConvolutionDepthwise"),
    "depthwise by groups": convolution("num_output: 6 group: 6 kernel_size: 3", type="DepthwiseConvolution"),
    "deconvolution": convolution("num_output: 4 kernel_size: 4 stride: 2 pad: 1", type="Deconvolution"),
    "deconvolution in groups": convolution("num_output: 4 kernel_size: 3 stride: 3 dilation: 2 group: 2 bias_term: false",
                                           type="Deconvolution"),
    "inner product": row("InnerProduct", "inner_product_param { num_output: 7 }"),
    "inner product of vectors": row("InnerProduct", "inner_product_param { num_output: 7 bias_term: false }", (3, 5)),
    "inner product, transposed": row("InnerProduct", "inner_product_param { num_output: 7 transpose: true }"),
    "inner product of rows": row("InnerProduct", "inner_product_param { num_output: 7 axis: -1 }"),
    "inner product of all": row("InnerProduct", "inner_product_param { num_output: 7 axis: 0 }"),
    # Poolings: rounding up and down, windows cut by the image and by the padding
    "maximum": pooling("kernel_size: 3 stride: 2"),
    "maximum, padded": pooling("kernel_size: 3 stride: 2 pad: 1"),
    "maximum, last window dropped": pooling("kernel_size: 2 stride: 3 pad: 1", (1, 1, 5, 8)),
    "maximum, rounded down": pooling("kernel_size: 2 stride: 3 round_mode: FLOOR"),
    "maximum, rounded down as Torch does": pooling("kernel_size: 2 stride: 3 torch_pooling: true"),
    "maximum and where": pooling("kernel_size: 3 stride: 2 pad: 1", tops=2),
    "maximum of all": pooling("global_pooling: true"),
    "maximum of all and where": pooling("global_pooling: true", tops=2),
    "maximum of bins": pooling("bin_size: 4"),
    "average": pooling("pool: AVE kernel_size: 3 stride: 2", (2, 3, 9, 9)),
    "average, cut by the image": pooling("pool: AVE kernel_size: 4 stride: 3", (2, 3, 9, 12)),
    "average, padded": pooling("pool: AVE kernel_size: 3 pad: 1"),
    "average, padded by rows": pooling("pool: AVE kernel_h: 3 kernel_w: 2 pad_h: 1 pad_w: 0 stride: 2"),
    "average, cut by the padding": pooling("pool: AVE kernel_size: 3 stride: 2 pad: 1", (2, 3, 8, 10)),
    "average, cut by far": pooling("pool: AVE kernel_size: 5 stride: 4 pad: 1", (2, 3, 10, 12)),
    "average, rounded down": pooling("pool: AVE kernel_size: 3 stride: 2 pad: 1 ceil_mode: false", (2, 3, 8, 10)),
    "average of all": pooling("pool: AVE global_pooling: true"),
    "average of bins": pooling("pool: AVE bin_h: 2 bin_w: 3"),
    "spp": row("SPP", "spp_param { pyramid_height: 3 }"),
    "spp of averages": row("SPP", "spp_param { pyramid_height: 3 pool: AVE }"),
    "spp of one level": row("SPP", "spp_param { pyramid_height: 1 }"),
    # Normalisation
    "batch norm": row("BatchNorm"),
    "batch norm of vectors": row("BatchNorm", "", (3, 5)),
    "batch norm of one axis": row("BatchNorm", "", (5,)),
    "batch norm of the batch": row("BatchNorm", "batch_norm_param { use_global_stats: false eps: 0.01 }"),
    "batch norm with a scale and a bias": row("BatchNorm", "batch_norm_param { scale_bias: true eps: 0 }"),
    "batch norm with a scale": row("BatchNorm", "batch_norm_param { use_weight_bias: true bias_term: false }"),
    "batch norm of the batch with a scale and a bias": row(
        "BatchNorm", "batch_norm_param { use_global_stats: false scale_bias: true }"),
    "batch norm of vectors' batch with a scale": row(
        "BatchNorm", "batch_norm_param { use_global_stats: false scale_bias: true }", (4, 5)),
    "bias": row("Bias"),
    "bias of a bottom": row("Bias", "bias_param { axis: 0 }", IMAGE, (2, 6)),
    "bn, pspnet": row("BN", "bn_param { eps: 0.01 frozen: true }"),
    "bn, segnet": row("BN", "bn_param { bn_mode: INFERENCE }"),
    "lrn": row("LRN", "lrn_param { local_size: 3 alpha: 0.5 beta: 0.6 k: 2 }"),
    "lrn within channels": row("LRN", "lrn_param { local_size: 3 alpha: 0.5 norm_region: WITHIN_CHANNEL }"),
    "mvn": row("MVN"),
    "mvn across channels": row("MVN", "mvn_param { across_channels: true eps: 0.01 }"),
    "mvn of means": row("MVN", "mvn_param { normalize_variance: false }", (2, 6, 9)),
    "normalize": row("Normalize"),
    "normalize places": row("Normalize", "norm_param { across_spatial: false channel_shared: false }"),
    "normalize with one scale": row("Normalize", "norm_param { across_spatial: false }"),
    "scale": row("Scale", "scale_param { bias_term: true }"),
    "scale of rows": row("Scale", "scale_param { axis: 2 num_axes: 1 }"),
    "scale of all": row("Scale", "scale_param { num_axes: -1 bias_term: true }"),
    "scale by one": row("Scale", "scale_param { num_axes: 0 bias_term: true }"),
    "scale by a bottom": row("Scale", "scale_param { axis: 0 bias_term: true }", IMAGE, (2, 6)),
    "scale by a scalar": row("Scale", "", IMAGE, ()),
    # Several bottoms, and axes
    "argmax": row("ArgMax"),
    "argmax with values": row("ArgMax", "argmax_param { out_max_val: true top_k: 3 }"),
    "argmax of channels": row("ArgMax", "argmax_param { axis: 1 }"),
    "argmax of channels, values": row("ArgMax", "argmax_param { axis: -1 out_max_val: true }"),
    "argmax of channels, some": row("ArgMax", "argmax_param { axis: 1 top_k: 2 }"),
    "axpy": row("Axpy", "", (2, 6), IMAGE, IMAGE),
    "axpy with axes": row("Axpy", "", (2, 6, 1, 1), IMAGE, IMAGE),
    "eltwise sum": row("Eltwise", "", IMAGE, IMAGE, IMAGE),
    "eltwise sum with coefficients": row("Eltwise", "eltwise_param { coeff: 1 coeff: -2 }", IMAGE, IMAGE),
    "eltwise product": row("Eltwise", "eltwise_param { operation: PROD }", IMAGE, IMAGE, IMAGE),
    "eltwise maximum": row("Eltwise", "eltwise_param { operation: MAX }", IMAGE, IMAGE, IMAGE),
    "parse output": row("ParseOutput", tops=2),
    "reduction": row("Reduction", "reduction_param { axis: 1 coeff: 0.5 }"),
    "reduction of absolutes": row("Reduction", "reduction_param { operation: ASUM axis: -1 }"),
    "reduction of squares": row("Reduction", "reduction_param { operation: SUMSQ axis: 2 }"),
    "reduction to the mean": row("Reduction", "reduction_param { operation: MEAN }"),
    "softmax": row("Softmax"),
    "softmax of columns": row("Softmax", "softmax_param { axis: -1 }"),
    # Places
    "concat": row("Concat", "", (2, 3, 4), (2, 5, 4)),
    "concat of batches": row("Concat", "concat_param { concat_dim: 0 }", (2, 3, 4), (1, 3, 4)),
    "concat of one": row("Concat", "", (2, 3, 4)),
    "crop": row("Crop", "crop_param { offset: 1 offset: 2 }", IMAGE, (1, 1, 4, 5)),
    "crop of channels": row("Crop", "crop_param { axis: 1 offset: 1 }", IMAGE, (2, 4, 4, 5)),
    "crop of nothing": row("Crop", "", IMAGE, (1, 1, 9, 11)),
    "crop of the centre": row("CropCenter", "crop_center_param { crop_size: 1 crop_size: 0 crop_size: 3 }"),
    "crop of the centre, nothing": row("CropCenter", "crop_center_param { crop_size: 0 }"),
    "flatten": row("Flatten"),
    "flatten within": row("Flatten", "flatten_param { axis: 1 end_axis: 2 }"),
    "interp": row("Interp", "interp_param { zoom_factor: 3 }"),
    "interp to a size": row("Interp", "interp_param { height: 5 width: 33 }"),
    "interp of a part": row("Interp", "interp_param { height: 5 width: 20 pad_beg: -1 pad_end: -2 }"),
    "padding": row("Padding", "padding_param { pad_beg: 1 pad_end: 2 }"),
    "padding taken off": row("Padding", "padding_param { pad_beg: -1 pad_end: -2 }"),
    "permute": row("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
    "permute some": row("Permute", "permute_param { order: 3 order: 1 }"),
    "reorg": row("Reorg", "reorg_param { stride: 2 }", (2, 8, 4, 6)),
    "reorg back": row("Reorg", "reorg_param { stride: 2 reverse: true }", (2, 8, 4, 6)),
    "reshape": row("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 3 } }"),
    "reshape of the batch": row("Reshape", "reshape_param { shape { dim: 4 dim: -1 } }"),
    "shuffle": row("ShuffleChannel", "shuffle_channel_param { group: 3 }"),
    "slice": row("Slice", "slice_param { slice_point: 1 slice_point: 4 }", tops=3),
    "slice evenly": row("Slice", "slice_param { slice_dim: 1 }", tops=2),
    "tile": row("Tile", "tile_param { axis: 2 tiles: 3 }"),
    "upsample": row("Upsample", "upsample_param { scale: 3 }"),
}
