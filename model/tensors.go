package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"braid/nn"
)

// tensor is a parameter for the safetensors library.
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

// writeWeights writes a safetensors file.
func writeWeights(w io.Writer, ps *nn.ParamSet) error {
	all := map[string]tensor{}
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			all[g.Name+"."+p.Name] = tensor{p}
		}
	}
	return safetensors.SerializeToWriter(all, nil, w)
}

// Sha256 returns the SHA-256 of the weights file of ps in hex: model_sha256.
func Sha256(ps *nn.ParamSet) string {
	h := sha256.New()
	if err := writeWeights(h, ps); err != nil {
		panic(err) // writing to a hash does not fail, and the names are valid
	}
	return hex.EncodeToString(h.Sum(nil))
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

// Deserialize reads a safetensors file. It refuses a header above 1 MiB: the header is JSON, and
// parsing takes many times its size.
func Deserialize(file []byte) (safetensors.SafeTensors, error) {
	if len(file) >= 8 {
		if n := binary.LittleEndian.Uint64(file); n > maxHeader {
			return safetensors.SafeTensors{}, fmt.Errorf("a header of %d bytes, at most %d are expected", n, maxHeader)
		}
	}
	return safetensors.Deserialize(file)
}

// loadWeights reads the parameters of an architecture from a weights file with the given SHA-256.
func loadWeights(path, sha256 string, a *Architecture) (*nn.ParamSet, error) {
	size := 4 * int64(a.Len())
	file, err := readFile(path, size+maxHeader, sha256)
	if err != nil {
		return nil, err
	}
	if int64(len(file)) < size {
		return nil, broken(path, "%d bytes, and the job's model has %d", len(file), size)
	}
	ps := a.NewParams()
	if err := readWeights(file, ps); err != nil {
		return nil, broken(path, "%w", err)
	}
	return ps, nil
}

// readWeights fills ps from a weights file, which must have the tensors of ps and no others.
func readWeights(file []byte, ps *nn.ParamSet) error {
	st, err := Deserialize(file)
	if err != nil {
		return err
	}
	count := 0
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			count++
			name := g.Name + "." + p.Name
			view, ok := st.Tensor(name)
			if !ok {
				return fmt.Errorf("no tensor %s", name)
			}
			want := tensor{p}.Shape()
			if view.DType() != safetensors.F32 || !slices.Equal(view.Shape(), want) || len(view.Data()) != 4*len(p.Data) {
				return fmt.Errorf("tensor %s is %v %v, want F32 %v", name, view.DType(), view.Shape(), want)
			}
			if err := readTensor(p.Data, view.Data()); err != nil {
				return fmt.Errorf("tensor %s %w", name, err)
			}
		}
	}
	if st.Len() != count {
		return fmt.Errorf("%d tensors, want %d", st.Len(), count)
	}
	return nil
}

// readTensor fills x from little-endian float32.
func readTensor(x []float32, b []byte) error {
	for i := range x {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if v-v != 0 {
			return fmt.Errorf("holds %v", v)
		}
		x[i] = v
	}
	return nil
}
