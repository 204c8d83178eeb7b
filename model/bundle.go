package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/nlpodyssey/safetensors"

	"braid/data"
	"braid/job"
	"braid/nn"
)

// Bundle is a model with all that it needs to answer.
type Bundle struct {
	Model  *Model
	Vocab  *data.Vocab
	Labels []*data.Labels // by task; nil for regression
}

// Files of a model's directory.
const (
	WeightsFile = "weights.safetensors"
	jobFile     = "job.yaml"
	vocabFile   = "vocab.json"
	labelsFile  = "labels.json"
)

// maxWeights bounds a weights file: it is read into memory.
const maxWeights = 8 << 30

// SaveBundle writes a model into a directory that is there. The weights file has the same
// bytes whenever the weights have.
func SaveBundle(dir string, b *Bundle) error {
	vocab, err := json.Marshal(b.Vocab)
	if err != nil {
		return err
	}
	labels, err := json.MarshalIndent(labelsByName(b), "", " ")
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, WeightsFile))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := writeWeights(f, b.Model.Params); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for name, text := range map[string][]byte{jobFile: b.Model.Job.YAML(), vocabFile: vocab, labelsFile: append(labels, '\n')} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func labelsByName(b *Bundle) map[string]*data.Labels {
	all := map[string]*data.Labels{}
	for t, l := range b.Labels {
		if l != nil {
			all[b.Model.Job.Tasks[t].Name] = l
		}
	}
	return all
}

// tensor is a parameter as the safetensors library wants it.
type tensor struct{ p nn.Param }

func (t tensor) DType() safetensors.DType { return safetensors.F32 }

func (t tensor) Shape() []uint64 {
	shape := make([]uint64, len(t.p.Shape))
	for i, n := range t.p.Shape {
		shape[i] = uint64(n)
	}
	return shape
}

func (t tensor) DataLen() uint64 { return uint64(len(t.p.Data)) * 4 }

func (t tensor) Data() []byte {
	b := make([]byte, 0, 4*len(t.p.Data))
	for _, v := range t.p.Data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func writeWeights(w io.Writer, ps *nn.ParamSet) error {
	all := map[string]tensor{}
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			all[g.Name+"."+p.Name] = tensor{p}
		}
	}
	return safetensors.SerializeToWriter(all, nil, w)
}

// Sha256 is the SHA-256 of the weights file of these parameters, in hex: model_sha256.
func Sha256(ps *nn.ParamSet) string {
	h := sha256.New()
	if err := writeWeights(h, ps); err != nil {
		panic(err) // a hash takes every write, and the names are ours
	}
	return hex.EncodeToString(h.Sum(nil))
}

// LoadBundle reads a model's directory, or that of a run which holds one, and checks that
// its parts fit together.
func LoadBundle(dir string) (*Bundle, error) {
	if _, err := os.Stat(filepath.Join(dir, WeightsFile)); err != nil {
		inside := filepath.Join(dir, "model")
		if _, err := os.Stat(filepath.Join(inside, WeightsFile)); err != nil {
			return nil, fmt.Errorf("%s: no model here (no %s): name the directory that training printed, as runs/NAME/model", dir, WeightsFile)
		}
		dir = inside
	}
	j, err := job.Load(filepath.Join(dir, jobFile))
	if err != nil {
		return nil, err
	}
	b := &Bundle{Vocab: new(data.Vocab), Labels: make([]*data.Labels, len(j.Tasks))}
	if err := readJSON(filepath.Join(dir, vocabFile), b.Vocab); err != nil {
		return nil, err
	}
	labels := map[string]*data.Labels{}
	if err := readJSON(filepath.Join(dir, labelsFile), &labels); err != nil {
		return nil, err
	}
	for t, task := range j.Tasks {
		l := labels[task.Name]
		if (l == nil || l.Len() == 0) != (task.Kind == "regression") {
			return nil, fmt.Errorf("%s: the labels do not fit task %s of %s: copy the whole directory again", filepath.Join(dir, labelsFile), task.Name, jobFile)
		}
		b.Labels[t] = l
	}
	path := filepath.Join(dir, WeightsFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxWeights {
		return nil, fmt.Errorf("%s: %d bytes are more than a model has: this is another file", path, info.Size())
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	spec := Spec{Job: j, Words: b.Vocab.Len(), Labels: b.Labels}
	if need := spec.values(); need > len(file)/4 {
		return nil, fmt.Errorf("%s: %d bytes, and the job's model has %d numbers: copy the whole directory again", path, len(file), need)
	}
	b.Model = New(spec)
	if err := readWeights(file, b.Model.Params); err != nil {
		return nil, fmt.Errorf("%s: %w: copy the whole directory again", path, err)
	}
	return b, nil
}

// values is about how many numbers a model has, before any is allocated.
func (s Spec) values() int {
	h, d := s.Job.Encoder.LSTM.Hidden, s.Job.Encoder.Word.Dim
	return s.Words*d + 4*h*(h+d)
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: copy the whole directory again", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w: copy the whole directory again", path, err)
	}
	return nil
}

func readWeights(file []byte, ps *nn.ParamSet) error {
	st, err := safetensors.Deserialize(file)
	if err != nil {
		return err
	}
	count := 0
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			count++
			view, ok := st.Tensor(g.Name + "." + p.Name)
			if !ok {
				return fmt.Errorf("no tensor %s.%s", g.Name, p.Name)
			}
			b := view.Data()
			if view.DType() != safetensors.F32 || len(b) != 4*len(p.Data) {
				return fmt.Errorf("tensor %s.%s is %v of %d bytes, want F32 of %d", g.Name, p.Name, view.DType(), len(b), 4*len(p.Data))
			}
			for i := range p.Data {
				v := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
				if v-v != 0 {
					return fmt.Errorf("tensor %s.%s holds %v", g.Name, p.Name, v)
				}
				p.Data[i] = v
			}
		}
	}
	if st.Len() != count {
		return fmt.Errorf("%d tensors, want %d", st.Len(), count)
	}
	return nil
}
