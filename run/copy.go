package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"braid/internal/regular"
)

// File is a file of a copy.
type File struct {
	Name   string // path within the run directory, with slashes
	Size   int64
	SHA256 string
	from   io.ReaderAt
}

// Reader reads the file from its beginning.
func (f File) Reader() io.Reader { return io.NewSectionReader(f.from, 0, f.Size) }

// Copy is the part of a run directory that is needed to resume from a checkpoint in another directory: the
// checkpoint, its best checkpoint if that is another one, and the metrics up to its step.
type Copy struct {
	Step  uint64
	Files []File
	open  []*os.File
}

// Bounds on the sizes of files of a copy, in bytes. The caller bounds the tensors.
const (
	maxManifest = 64 << 10
	MaxState    = 1 << 20 // a checkpoint's state.json
	// MaxMetrics bounds the part of metrics.jsonl in a copy: the end of the file.
	MaxMetrics = 8 << 20
)

// StateFile returns the name of a checkpoint's state among the files of a copy. Its content is a State as JSON.
func StateFile(step uint64) string { return path.Join(CheckpointsDir, checkpointName(step), stateFile) }

// OpenCopy opens the files of a copy of a checkpoint. They stay readable until Close, even if the
// checkpoint is removed.
func OpenCopy(dir string, step uint64) (*Copy, error) {
	c := &Copy{Step: step}
	if err := c.fill(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("checkpoint of step %d: %w", step, err), c.Close())
	}
	return c, nil
}

func (c *Copy) fill(dir string) error {
	state, err := c.checkpoint(dir, c.Step)
	if err != nil {
		return err
	}
	if best := state.Best.Step; best != 0 && best != c.Step {
		if _, err := c.checkpoint(dir, best); err != nil {
			return fmt.Errorf("its best step %d: %w", best, err)
		}
	}
	text, err := metricsUpTo(filepath.Join(dir, MetricsFile), c.Step, MaxMetrics)
	if err != nil {
		return err
	}
	c.text(MetricsFile, text)
	return nil
}

// checkpoint adds the files of a checkpoint.
func (c *Copy) checkpoint(dir string, step uint64) (*State, error) {
	name := path.Join(CheckpointsDir, checkpointName(step))
	f, err := regular.Open(filepath.Join(dir, filepath.FromSlash(name), tensorsFile))
	if err != nil {
		return nil, err
	}
	c.open = append(c.open, f)
	text, err := regular.Read(filepath.Join(dir, filepath.FromSlash(name), manifestFile), maxManifest)
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	c.text(path.Join(name, manifestFile), text)
	if text, err = regular.Read(filepath.Join(dir, filepath.FromSlash(name), stateFile), MaxState); err != nil {
		return nil, err
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", stateFile, err)
	}
	c.text(path.Join(name, stateFile), text)
	tensors := m.Files[tensorsFile]
	c.Files = append(c.Files, File{path.Join(name, tensorsFile), tensors.Size, tensors.SHA256, f})
	return &s, nil
}

func (c *Copy) text(name string, text []byte) {
	sum := sha256.Sum256(text)
	c.Files = append(c.Files, File{name, int64(len(text)), hex.EncodeToString(sum[:]), bytes.NewReader(text)})
}

// Close closes the files.
func (c *Copy) Close() error {
	var err error
	for _, f := range c.open {
		err = errors.Join(err, f.Close())
	}
	return err
}
