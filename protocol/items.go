package protocol

import "fmt"

// Names of a manifest's items, beside "job" and "vocab".

// LabelsItem names the labels of a task.
func LabelsItem(task int) string { return fmt.Sprintf("labels.%d", task) }

// CorpusItem names a split of a data set.
func CorpusItem(set int, split string) string { return fmt.Sprintf("%s.%d", split, set) }

// UnitExamples is how many examples a unit of a scoring has; part of the order of sums.
const UnitExamples = 256
