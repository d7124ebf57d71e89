function [folder, cleaner] = scratch()
% [folder, cleaner] = scratch()  A new empty folder, removed when cleaner is cleared.
folder = tempname();
mkdir(folder);
cleaner = onCleanup(@() remove(folder));
end

function remove(folder)
if exist('OCTAVE_VERSION', 'builtin')
  confirm_recursive_rmdir(false, 'local');
end
rmdir(folder, 's');
end
