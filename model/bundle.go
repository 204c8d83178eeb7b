package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// Bundle is a trained model and everything that predictions need.
type Bundle struct {
	*Architecture
	Params *nn.ParamSet
	Vocab  *data.Vocab
}

// Files of a model directory.
const (
	WeightsFile = "weights.safetensors"
	jobFile     = "job.yaml"
	vocabFile   = "vocab.json"
	labelsFile  = "labels.json"
	sumsFile    = "SHA256SUMS" // of the other files, in the format of sha256sum
)

// summed are the files of sumsFile, in its order.
var summed = []string{jobFile, labelsFile, vocabFile, WeightsFile}

// SaveBundle writes a model into an existing directory. Equal weights give equal bytes of the
// weights file.
func SaveBundle(dir string, b *Bundle) error {
	vocab, err := json.Marshal(b.Vocab)
	if err != nil {
		return err
	}
	labels, err := json.MarshalIndent(labelsByName(b), "", " ")
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for name, text := range map[string][]byte{jobFile: b.Job.YAML(), vocabFile: vocab, labelsFile: append(labels, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
		sums[name] = sum(text)
	}
	if sums[WeightsFile], err = saveWeights(filepath.Join(dir, WeightsFile), b.Params); err != nil {
		return err
	}
	var list strings.Builder
	for _, name := range summed {
		fmt.Fprintf(&list, "%s  %s\n", sums[name], name)
	}
	return os.WriteFile(filepath.Join(dir, sumsFile), []byte(list.String()), 0o644)
}

// LoadBundle reads a model directory, or that of a run directory. It checks every file against its
// SHA-256, and every size against the job before it allocates.
func LoadBundle(dir string) (*Bundle, error) {
	dir, err := modelDir(dir)
	if err != nil {
		return nil, err
	}
	sums, err := readSums(filepath.Join(dir, sumsFile))
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, name := range []string{jobFile, vocabFile, labelsFile} {
		if texts[name], err = readFile(filepath.Join(dir, name), maxText, sums[name]); err != nil {
			return nil, err
		}
	}
	j, err := job.ParseWritten(filepath.Join(dir, jobFile), texts[jobFile], nil)
	if err != nil {
		return nil, err
	}
	vocab := new(data.Vocab)
	if err := json.Unmarshal(texts[vocabFile], vocab); err != nil {
		return nil, broken(filepath.Join(dir, vocabFile), "%w", err)
	}
	labels, err := readLabels(texts[labelsFile], j)
	if err != nil {
		return nil, broken(filepath.Join(dir, labelsFile), "%w", err)
	}
	if err := vocab.Check(j.Encoder); err != nil {
		return nil, broken(filepath.Join(dir, vocabFile), "%w", err)
	}
	a, err := New(Spec{Job: j, Words: vocab.Len(), Word: vocab.Word, Labels: labels, Input: vocab.Input})
	if err != nil {
		return nil, err
	}
	params, err := loadWeights(filepath.Join(dir, WeightsFile), sums[WeightsFile], a)
	if err != nil {
		return nil, err
	}
	return &Bundle{Architecture: a, Params: params, Vocab: vocab}, nil
}

// modelDir returns dir if it is a model directory, and the model directory in it if it is that of
// a run.
func modelDir(dir string) (string, error) {
	for _, d := range []string{dir, filepath.Join(dir, "model")} {
		if _, err := os.Stat(filepath.Join(d, WeightsFile)); err == nil {
			return d, nil
		}
	}
	return "", fmt.Errorf("%s: no model here (no %s): name the directory that training printed, as runs/NAME/model",
		dir, WeightsFile)
}

// labelsByName returns the labels of the tasks that have any.
func labelsByName(b *Bundle) map[string]*data.Labels {
	all := map[string]*data.Labels{}
	for t, l := range b.Labels {
		if l != nil {
			all[b.Job.Tasks[t].Name] = l
		}
	}
	return all
}

// readLabels returns the labels by task; nil for a task whose answer is a number.
func readLabels(text []byte, j *job.Job) ([]*data.Labels, error) {
	byName := map[string]*data.Labels{}
	if err := json.Unmarshal(text, &byName); err != nil {
		return nil, err
	}
	all := make([]*data.Labels, len(j.Tasks))
	for t, task := range j.Tasks {
		l := byName[task.Name]
		if (l == nil || l.Len() == 0) != (task.Of().Answer == job.Number) {
			return nil, fmt.Errorf("the labels do not fit task %s of %s", task.Name, jobFile)
		}
		all[t] = l
	}
	return all, nil
}
