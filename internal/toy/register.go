package toy

import (
	"braid/data"
	"braid/encoder"
	"braid/job"
	"braid/task"
)

func init() {
	encoder.Register("mean", newMean)
	encoder.Register("spelling", newSpelling, "characters")
	job.RegisterFormat(job.Format{Name: "lines", Files: true})
	data.Register("lines", readLines)
	task.Register("nearest", func(k *job.Kind) bool { return k.Answer == job.Class }, newNearest)
}
