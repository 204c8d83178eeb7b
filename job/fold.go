package job

import (
	"strconv"
	"strings"
)

// maxFolds bounds K in data.NAME.fold.
const maxFolds = 100

// Folds returns i and k of a data set whose dev split is fold i of k, counted from 1. ok is false if the data set
// has no folds or the key cannot be read.
func (d *DataSet) Folds() (i, k int, ok bool) {
	first, second, _ := strings.Cut(d.Fold, "/")
	i, err1 := strconv.Atoi(first)
	k, err2 := strconv.Atoi(second)
	ok = err1 == nil && err2 == nil && i >= 1 && i <= k && k >= 2 && k <= maxFolds &&
		d.Fold == strconv.Itoa(i)+"/"+strconv.Itoa(k) // one spelling, because the hash of the job has the text
	return i, k, ok
}
