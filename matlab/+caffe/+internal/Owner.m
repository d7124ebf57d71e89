classdef Owner < handle
  % caffe.internal.Owner  What keeps a net or a solver of the library alive.
  %   Everything that is reached from it (blobs, layers, a solver's nets) holds this object too, so
  %   the library frees it when the last of them goes, and a blob may outlive the variable of its
  %   net.

  properties (SetAccess = private)
    handle
  end

  methods
    function self = Owner(handle)
      self.handle = handle;
    end

    function delete(self)
      % Never an error: when the session ends, the gateway may be gone already.
      try
        caffe_mex('destroy', self.handle);
      catch
      end
    end
  end
end
