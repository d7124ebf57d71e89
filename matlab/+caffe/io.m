classdef io
  % caffe.io  Images and mean images.
  %   image = caffe.io.load_image(file)          W x H x C, single, BGR, 0 to 255
  %   image = caffe.io.from_image(pixels)        the same from what imread gives
  %   image = caffe.io.resize_image(image, [W H])
  %   crops = caffe.io.oversample(image, [W H])  W x H x C x 10
  %   mean_image = caffe.io.read_mean(file)      a mean.binaryproto
  %   caffe.io.write_mean(mean_image, file)

  methods (Static)
    function image = load_image(file)
      % image = caffe.io.load_image(file)  An image as nets take it: W x H x C, single, 0 to 255.
      %   A colour image has three channels, BGR; a grey one has one. Transparency is dropped;
      %   16 bits are scaled to 0 to 255.
      caffe.internal.check_file(file, 'the image');
      try
        [image, colours] = imread(file);
      catch reason
        error('caffe:parse', '%s: not an image that imread can read (%s)', file, reason.message);
      end
      if ~isempty(colours)
        image = 255 * ind2rgb(image, colours);
      end
      image = caffe.io.from_image(image);
    end

    function image = from_image(pixels)
      % image = caffe.io.from_image(pixels)  What imread gives, as nets take it.
      %   pixels: H x W x 3, RGB, or H x W, grey; several images along a fourth size.
      %   image: W x H x 3, BGR, or W x H, of class single: width first. Values from 0 to 255 stay;
      %   uint16 is scaled to them, and of true and false 255 and 0 are made.
      %   The same image as the other way round is another image: a 7 on its side looks like a 6.
      caffe.internal.check((isnumeric(pixels) || islogical(pixels)) && isreal(pixels), ...
        'caffe:invalidArgument', ...
        'pixels are an array H x W x C of real numbers, as imread gives them, not of class %s', ...
        class(pixels));
      caffe.internal.check(~isempty(pixels) && ndims(pixels) <= 4, 'caffe:shape', ...
        'pixels are an array H x W x C, as imread gives them, not one of size %s', ...
        caffe.internal.sizes_text(size(pixels)));
      image = single(full(pixels));
      if islogical(pixels)
        image = 255 * image;
      elseif isa(pixels, 'uint16')
        image = image / 257;
      end
      if size(image, 3) == 3
        image = image(:, :, [3 2 1], :);
      end
      image = permute(image, [2 1 3 4]);
    end

    function image = resize_image(image, sizes)
      % image = caffe.io.resize_image(image, [W H])  Bilinear, of an image W x H x C.
      %   Shrinking smooths first. The result is the one of Python's caffe.io.resize_image.
      caffe.internal.check_image(image);
      caffe.internal.check_size(sizes);
      sizes = double(sizes);
      corners = ~any(size(image, 3) == [1 3]);
      values = double(full(image));
      lowest = min(values(:));
      values = values - lowest;  % what lies beyond the edge counts as the smallest value
      [width, height, channels] = size(values);
      across = caffe.internal.resampling(width, sizes(1), corners);
      down = caffe.internal.resampling(height, sizes(2), corners);
      resized = zeros([sizes(:)', channels]);
      for k = 1:channels
        resized(:, :, k) = across * values(:, :, k) * down';
      end
      image = single(resized + lowest);
    end

    function crops = oversample(image, sizes)
      % crops = caffe.io.oversample(image, [W H])  Ten crops of an image W x H x C.
      %   The four corners and the centre, then their mirror images: W x H x C x 10.
      caffe.internal.check_image(image);
      caffe.internal.check_size(sizes);
      image = full(image);
      sizes = double(sizes);
      free = [size(image, 1), size(image, 2)] - sizes(:)';
      caffe.internal.check(all(free >= 0), 'caffe:shape', ...
        'cannot crop %d x %d from an image of %d x %d', sizes(1), sizes(2), size(image, 1), ...
        size(image, 2));
      places = [0 0; free(1) 0; 0 free(2); free; floor(free / 2)];
      crops = zeros([sizes(:)', size(image, 3), 10], 'single');
      for i = 1:5
        crop = image(places(i, 1) + (1:sizes(1)), places(i, 2) + (1:sizes(2)), :);
        crops(:, :, :, i) = crop;
        crops(:, :, :, i + 5) = crop(end:-1:1, :, :);
      end
    end

    function values = read_mean(file)
      % values = caffe.io.read_mean(file)  The mean image of a .binaryproto: W x H x C, single.
      caffe.internal.check_file(file, 'the mean''s file');
      values = caffe_mex('blob_load', file);
    end

    function write_mean(values, file)
      % caffe.io.write_mean(values, file)  Writes a W x H x C array as a .binaryproto.
      caffe.internal.check_image(values);
      caffe.internal.check_text(file, 'the mean''s file');
      caffe_mex('blob_save', file, caffe.internal.to_single(values));
    end
  end
end
