package toy

import (
	"braid/encoder"
	"braid/job"
	"braid/task"
)

func init() {
	encoder.Register("mean", newMean)
	task.Register("crf", func(k *job.Kind) bool { return k.Per == job.PerWord && k.Answer == job.Class }, newCRF)
}
