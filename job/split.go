package job

import "slices"

// Split names a part of a data set.
type Split string

// The splits. Models learn from Train; Dev chooses between them; Test is scored once.
const (
	Train Split = "train"
	Dev   Split = "dev"
	Test  Split = "test"
)

// Probe is the fixed training examples whose losses measurements compare: 32 of each data set, or all. It is not one
// of Splits.
const Probe Split = "probe"

// Splits lists all splits in the order of files, tables and hashes.
var Splits = []Split{Train, Dev, Test}

// File returns the path of a split as the job names it; empty if the job has no such split. With folds, dev is a
// part of the training file, and there is no test split.
func (d *DataSet) File(s Split) string {
	if d.Fold != "" {
		return map[Split]string{Train: d.Train, Dev: d.Train}[s]
	}
	switch s {
	case Train:
		return d.Train
	case Dev:
		return d.Dev
	case Test:
		return d.Test
	}
	return ""
}

// WithoutTest returns a copy of the job whose data sets name no test files.
func (j *Job) WithoutTest() *Job {
	copied := *j
	copied.Data = slices.Clone(j.Data)
	for i := range copied.Data {
		copied.Data[i].Test = ""
	}
	return &copied
}
