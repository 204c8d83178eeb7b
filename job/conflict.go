package job

// ConflictKinds are the methods of training.conflict.
var ConflictKinds = []string{"off"}

// Apart reports whether the gradients of the tasks of a joint step are kept apart.
func (j *Job) Apart() bool {
	kind := j.Training.Conflict.Kind
	return j.Training.Mode == "joint" && kind != "off" && kind != ""
}
