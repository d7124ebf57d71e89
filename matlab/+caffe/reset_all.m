function reset_all()
% caffe.reset_all()  Frees all nets and solvers. What variables still hold of them is stale.
caffe_mex('reset_all');
end
