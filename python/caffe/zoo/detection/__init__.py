"""What region-based detectors (Fast and Faster R-CNN) compute beside their nets: anchors, boxes,
samples of regions, and data in the folders of PASCAL VOC.

Boxes are rows (left, upper, right, lower) in pixels, corners included, as these detectors were
trained: a box of one pixel has left = right, and a width of one.
"""
