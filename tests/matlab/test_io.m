function tests = test_io()
% caffe.io: images as nets take them, mean images.
tests = localfunctions();
end

function test_load_image()
file = shared('data', 'images', 'cat.jpg');
image = caffe.io.load_image(file);
expect_equal(size(image), [480 360 3]);
expect_equal(class(image), 'single');
rgb = imread(file);
expect_equal(image(11, 7, :), single(reshape(rgb(7, 11, [3 2 1]), 1, 1, 3)));
end

function test_load_a_grey_image()
image = caffe.io.load_image(shared('data', 'images', 'cat_gray.jpg'));
expect_equal(ndims(image), 2);
expect_equal(class(image), 'single');
end

function test_from_image()
pixels = uint8(reshape(1:24, 4, 2, 3));  % 4 high, 2 wide
image = caffe.io.from_image(pixels);
expect_equal(class(image), 'single');
expect_equal(size(image), [2 4 3]);
expect_equal(image(2, 3, :), single(reshape(pixels(3, 2, [3 2 1]), 1, 1, 3)));
expect_equal(caffe.io.from_image(pixels(:, :, 1)), single(pixels(:, :, 1))');
expect_equal(caffe.io.from_image(pixels(:, :, 1) > 2), single(255 * (pixels(:, :, 1) > 2))');
expect_equal(caffe.io.from_image(uint16([0 65535])), single([0; 255]));
several = caffe.io.from_image(cat(4, pixels, pixels + 100));
expect_equal(size(several), [2 4 3 2]);
expect_equal(several(:, :, :, 2), image + 100);
expect_error('caffe:invalidArgument', @() caffe.io.from_image('cat.jpg'), {'imread', 'char'});
expect_error('caffe:shape', @() caffe.io.from_image([]), {'H x W x C'});
expect_error('caffe:shape', @() caffe.io.from_image(ones(2, 2, 2, 2, 2)));
end

function test_from_image_of_a_file()
file = shared('data', 'images', 'cat.jpg');
expect_equal(caffe.io.from_image(imread(file)), caffe.io.load_image(file));
end

function test_files_that_are_no_images()
expect_error('caffe:io', @() caffe.io.load_image('nowhere.jpg'), {'nowhere.jpg'});
[file, cleaner] = text_file({'no image'}); %#ok<ASGLU>
expect_error('caffe:parse', @() caffe.io.load_image(file), {file});
expect_error('caffe:invalidArgument', @() caffe.io.load_image(3));
end

function test_resize_by_hand()
% Doubling two pixels: 0 4 becomes 0 1 3 and, as what lies beyond the edge counts as 0, 3.
resized = caffe.io.resize_image(single([0; 4]), [4 1]);
expect_equal(resized, single([0; 1; 3; 3]), 1e-6);
expect_error('caffe:shape', @() caffe.io.resize_image(ones(2, 2), [0 3]));
end

function test_oversample()
image = single(reshape(1:24, 4, 3, 2));
crops = caffe.io.oversample(image, [2 2]);
expect_equal(size(crops), [2 2 2 10]);
expect_equal(crops(:, :, :, 1), image(1:2, 1:2, :));
expect_equal(crops(:, :, :, 4), image(3:4, 2:3, :));
expect_equal(crops(:, :, :, 5), image(2:3, 1:2, :));
expect_equal(crops(:, :, :, 9), image([4 3], 2:3, :));
expect_error('caffe:shape', @() caffe.io.oversample(image, [5 2]));
end

function test_mean_of_imagenet()
mean_image = caffe.io.read_mean(shared('data', 'ilsvrc12', 'imagenet_mean.binaryproto'));
expect_equal(size(mean_image), [256 256 3]);
expect_equal(reshape(mean(mean(mean_image, 1), 2), 1, 3), single([104.0 116.67 122.68]), 0.1);
file = [tempname(), '.binaryproto'];
caffe.io.write_mean(mean_image, file);
cleaner = onCleanup(@() delete(file)); %#ok<NASGU>
expect_equal(caffe.io.read_mean(file), mean_image);
end

function test_a_mean_that_is_none()
expect_error('caffe:io', @() caffe.io.read_mean('nowhere.binaryproto'));
[file, cleaner] = text_file({'not a blob at all'}); %#ok<ASGLU>
expect_error('caffe:parse', @() caffe.io.read_mean(file));
expect_error('caffe:invalidArgument', @() caffe.io.write_mean('text', file));
end
