package protocol

import "fmt"

// Names of a manifest's items, in addition to "job" and "vocab".

// LabelsItem names the labels of a task.
func LabelsItem(task int) string { return fmt.Sprintf("labels.%d", task) }

// CorpusItem names a split of a data set.
func CorpusItem(set int, split string) string { return fmt.Sprintf("%s.%d", split, set) }
