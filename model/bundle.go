package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"braid/data"
	"braid/internal/regular"
	"braid/job"
	"braid/nn"
)

// Bundle is a trained model and everything that predictions need.
type Bundle struct {
	*Architecture
	Params *nn.ParamSet
	Vocab  *data.Vocab
}

// Files of a model's directory.
const (
	WeightsFile = "weights.safetensors"
	jobFile     = "job.yaml"
	vocabFile   = "vocab.json"
	labelsFile  = "labels.json"
	sumsFile    = "SHA256SUMS" // of the others, as sha256sum writes them
)

// summed are the files that sumsFile tells of, in its order.
var summed = []string{jobFile, labelsFile, vocabFile, WeightsFile}

const (
	maxText   = 256 << 20 // bytes of the job, the labels or the vocabulary
	maxSums   = 4 << 10
	maxHeader = 1 << 20 // of the weights file, beside the numbers
)

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

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// saveWeights writes the weights file and returns its SHA-256.
func saveWeights(path string, ps *nn.ParamSet) (string, error) {
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if err := writeWeights(io.MultiWriter(f, h), ps); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), f.Close()
}

func labelsByName(b *Bundle) map[string]*data.Labels {
	all := map[string]*data.Labels{}
	for t, l := range b.Labels {
		if l != nil {
			all[b.Job.Tasks[t].Name] = l
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

// LoadBundle reads a model's directory, or that of a run which holds one. It checks every
// file against its SHA-256 and every size against the job before it allocates.
func LoadBundle(dir string) (*Bundle, error) {
	if _, err := os.Stat(filepath.Join(dir, WeightsFile)); err != nil {
		inside := filepath.Join(dir, "model")
		if _, err := os.Stat(filepath.Join(inside, WeightsFile)); err != nil {
			return nil, fmt.Errorf("%s: no model here (no %s): name the directory that training printed, as runs/NAME/model", dir, WeightsFile)
		}
		dir = inside
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
	j, err := job.Parse(filepath.Join(dir, jobFile), texts[jobFile], nil)
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
	a := New(Spec{Job: j, Words: vocab.Len(), Labels: labels, Input: vocab.Input})
	path := filepath.Join(dir, WeightsFile)
	size := 4 * int64(a.Len())
	file, err := readFile(path, size+maxHeader, sums[WeightsFile])
	if err != nil {
		return nil, err
	}
	if int64(len(file)) < size {
		return nil, broken(path, "%d bytes, and the job's model has %d", len(file), size)
	}
	b := &Bundle{Architecture: a, Params: a.NewParams(), Vocab: vocab}
	if err := readWeights(file, b.Params); err != nil {
		return nil, broken(path, "%w", err)
	}
	return b, nil
}

// broken says that a file is not what was written.
func broken(path, format string, args ...any) error {
	return fmt.Errorf("%s: %w: copy the whole directory again", path, fmt.Errorf(format, args...))
}

// readAtMost reads a file that must not have more than limit bytes.
func readAtMost(path string, limit int64) ([]byte, error) {
	b, err := regular.Read(path, limit)
	switch cause := errors.Unwrap(err); {
	case errors.Is(err, regular.ErrTooLarge):
		return nil, broken(path, "more than the %d bytes that it can have", limit)
	case cause != nil:
		return nil, broken(path, "%w", cause)
	}
	return b, err
}

// readFile reads a file of at most limit bytes whose SHA-256 is want.
func readFile(path string, limit int64, want string) ([]byte, error) {
	b, err := readAtMost(path, limit)
	if err != nil {
		return nil, err
	}
	if got := sum(b); got != want {
		return nil, broken(path, "its SHA-256 is %.12s, and %s says %.12s", got, sumsFile, want)
	}
	return b, nil
}

// readSums reads a list as sha256sum writes it: all of summed and nothing else.
func readSums(path string) (map[string]string, error) {
	text, err := readAtMost(path, maxSums)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		hash, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !slices.Contains(summed, name) {
			return nil, broken(path, "a line %.80q", line)
		}
		sums[name] = hash
	}
	if len(sums) != len(summed) {
		return nil, broken(path, "%d of %d files", len(sums), len(summed))
	}
	return sums, nil
}

// readLabels gives the labels by task; regression has none.
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

// Deserialize reads a safetensors file whose header has at most maxHeader bytes: the header
// is JSON, and takes many times its size while it is read.
func Deserialize(file []byte) (safetensors.SafeTensors, error) {
	if len(file) >= 8 {
		if n := binary.LittleEndian.Uint64(file); n > maxHeader {
			return safetensors.SafeTensors{}, fmt.Errorf("a header of %d bytes, at most %d are expected", n, maxHeader)
		}
	}
	return safetensors.Deserialize(file)
}

func readWeights(file []byte, ps *nn.ParamSet) error {
	st, err := Deserialize(file)
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
			if want := (tensor{p}).Shape(); view.DType() != safetensors.F32 || !slices.Equal(view.Shape(), want) || len(b) != 4*len(p.Data) {
				return fmt.Errorf("tensor %s.%s is %v %v, want F32 %v", g.Name, p.Name, view.DType(), view.Shape(), want)
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
