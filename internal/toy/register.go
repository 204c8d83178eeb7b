package toy

import (
	"braid/job"
	"braid/task"
)

func init() {
	task.Register("crf", func(k *job.Kind) bool { return k.Per == job.PerWord && k.Answer == job.Class }, newCRF)
}
