package data

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"braid/job"
)

// readFolded reads a data set. If the data set has folds, its dev split is one fold of the training examples, its
// training split has the others, and there is no test split.
func readFolded(format Format, j *job.Job, d job.DataSet) (RawSet, error) {
	fold, folds, ok := d.Folds()
	if !ok {
		return format(j, d)
	}
	d.Dev, d.Test, d.Fold = "", "", ""
	set, err := format(j, d)
	if err != nil {
		return set, err
	}
	all := set.Train
	set.Train, set.Dev, set.Test = nil, nil, nil
	for i := range all {
		to := &set.Train
		if foldOf(all[i].Tokens, folds) == fold {
			to = &set.Dev
		}
		*to = append(*to, all[i])
	}
	if len(set.Train) == 0 || len(set.Dev) == 0 {
		return set, j.Errorf("data."+d.Name+".fold", "use fewer folds, or remove it",
			"fold %d of %d of the %d training examples leaves training %d and dev %d", fold, folds, len(all), len(set.Train),
			len(set.Dev))
	}
	return set, nil
}

// foldOf returns the fold of a text, 1 to k. It depends on the letters of the text alone: upper and lower case, and
// the places at which a tokenizer cuts, do not matter.
func foldOf(tokens []string, k int) int {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(tokens, ""))))
	return int(binary.BigEndian.Uint64(sum[:8])%uint64(k)) + 1
}
