package study

import (
	"braid/data"
	"braid/job"
)

// Setup is the part of a run's setup that its job and the numbers of its data do not give, since it comes from the
// texts. Machines that train a run without its texts get it.
type Setup struct {
	Digest    data.Digest                        `json:"digest"`
	Baselines map[job.Split][]map[string]float64 `json:"baselines"` // by task; see train.Setup
}
