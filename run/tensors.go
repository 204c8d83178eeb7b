package run

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"braid/model"
	"braid/nn"
	"braid/nn/optim"

	"github.com/nlpodyssey/safetensors"
)

// tensor is a safetensors.View that converts numbers to bytes when they are written.
type tensor struct {
	shape []uint64
	data  []float32
}

func (t tensor) DType() safetensors.DType { return safetensors.F32 }
func (t tensor) Shape() []uint64          { return t.shape }
func (t tensor) DataLen() uint64          { return uint64(len(t.data)) * 4 }

func (t tensor) Data() []byte {
	out := make([]byte, 0, len(t.data)*4)
	for _, v := range t.data {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// paramPrefix starts the names of parameters. The other names are those of the optimiser state.
const paramPrefix = "param/"

func paramName(g *nn.Group, p nn.Param) string { return paramPrefix + g.Name + "/" + p.Name }

// writeTensors writes parameters and optimiser tensors as safetensors.
func writeTensors(w io.Writer, ps *nn.ParamSet, o optim.State) error {
	all := map[string]tensor{}
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			shape := make([]uint64, len(p.Shape))
			for i, d := range p.Shape {
				shape[i] = uint64(d)
			}
			all[paramName(g, p)] = tensor{shape, p.Data}
		}
	}
	for _, t := range o.Tensors {
		all["optim/"+t.Name] = tensor{[]uint64{uint64(len(t.Data))}, t.Data}
	}
	return safetensors.SerializeToWriter(all, nil, w)
}

// readTensors reads tensors into ps and o, whose names and sizes the file must match. On an error their
// content is undefined.
func readTensors(file []byte, ps *nn.ParamSet, o optim.State) error {
	st, err := model.Deserialize(file)
	if err != nil {
		return err
	}
	want := len(o.Tensors)
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			if err := fill(st, paramName(g, p), p.Data); err != nil {
				return err
			}
			want++
		}
	}
	for _, t := range o.Tensors {
		if err := fill(st, "optim/"+t.Name, t.Data); err != nil {
			return err
		}
	}
	if st.Len() != want {
		return fmt.Errorf("has %d tensors, want %d", st.Len(), want)
	}
	return nil
}

// Tensor is a tensor of a checkpoint, named as in its file.
type Tensor struct {
	Name  string
	Shape []uint64
	Data  []float32
}

// Tensors returns the state and the tensors of a checkpoint of any shapes: parameters first, then the
// optimiser state. It compares the files with the manifest first.
func (r Reader) Tensors(step uint64) (*State, []Tensor, error) {
	state, files, err := r.check(r.checkpoint(step), step)
	if err != nil {
		return nil, nil, err
	}
	st, err := model.Deserialize(files[tensorsFile])
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", tensorsFile, err)
	}
	var all []Tensor
	for _, t := range st.Tensors() {
		one := Tensor{Name: t.Name, Shape: t.TensorView.Shape(), Data: make([]float32, len(t.TensorView.Data())/4)}
		if err := fill(st, one.Name, one.Data); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", tensorsFile, err)
		}
		all = append(all, one)
	}
	sortTensors(all)
	return state, all, nil
}

func fill(st safetensors.SafeTensors, name string, into []float32) error {
	view, ok := st.Tensor(name)
	if !ok {
		return fmt.Errorf("has no tensor %s", name)
	}
	data := view.Data()
	if view.DType() != safetensors.F32 || len(data) != len(into)*4 {
		return fmt.Errorf("tensor %s is %v of %d bytes, want F32 of %d", name, view.DType(), len(data), len(into)*4)
	}
	for i := range into {
		into[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return nil
}

// Tensors returns the tensors of the checkpoint in the order of Reader.Tensors. They share its memory.
func (c *Checkpoint) Tensors() []Tensor {
	var all []Tensor
	for _, g := range c.Params.Groups {
		for _, p := range g.Params {
			shape := make([]uint64, len(p.Shape))
			for i, d := range p.Shape {
				shape[i] = uint64(d)
			}
			all = append(all, Tensor{paramName(g, p), shape, p.Data})
		}
	}
	for _, t := range c.Optimizer.Tensors {
		all = append(all, Tensor{"optim/" + t.Name, []uint64{uint64(len(t.Data))}, t.Data})
	}
	sortTensors(all)
	return all
}

func sortTensors(all []Tensor) {
	slices.SortStableFunc(all, func(a, b Tensor) int {
		if p, q := strings.HasPrefix(a.Name, paramPrefix), strings.HasPrefix(b.Name, paramPrefix); p != q {
			if p {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}
