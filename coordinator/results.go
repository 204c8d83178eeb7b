package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"

	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/study"
	"braid/study/local"
	"braid/train"
)

// publish stores a job and its data, and returns the hash of their manifest.
func (h *handout) publish(ctx context.Context, j *job.Job) (string, error) {
	own := *j
	own.Cluster.Keep, own.Cluster.Candidates = 1, job.CandidatesOff // as local.Train
	setup, err := train.Open(ctx, &own, nil)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(study.Setup{Digest: setup.Data.Digest, Baselines: numbers(setup.Baselines)})
	if err != nil {
		return "", err
	}
	p, err := newPublication(&own, setup.Data, published{Item: protocol.Item{Name: protocol.StudySetupItem},
		blob: func() ([]byte, error) { return text, nil }})
	if err != nil {
		return "", err
	}
	for _, i := range p.items {
		h.published[i.Hash] = true
	}
	_, err = p.put(ctx, h.store)
	return p.manifest, err
}

// numbers removes baselines that are not numbers, which JSON does not have; a summary leaves them out, too.
func numbers(baselines map[job.Split][]map[string]float64) map[job.Split][]map[string]float64 {
	all := map[job.Split][]map[string]float64{}
	for split, tasks := range baselines {
		for _, metrics := range tasks {
			metrics = maps.Clone(metrics)
			maps.DeleteFunc(metrics, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
			all[split] = append(all[split], metrics)
		}
	}
	return all
}

// resultFiles are the files of a finished run that workers send, with the largest size of each.
var resultFiles = map[string]int64{
	run.JobFile: 1 << 20, run.MetricsFile: 1 << 30, run.JournalFile: 1 << 28, run.SummaryFile: 16 << 20,
	run.OutcomesFile: 4 << 30, run.ModelDir + "/job.yaml": 1 << 20, run.ModelDir + "/labels.json": 256 << 20,
	run.ModelDir + "/vocab.json": 256 << 20, run.ModelDir + "/weights.safetensors": 4 << 30,
	run.ModelDir + "/SHA256SUMS": 4 << 10,
}

// take fetches the files of a finished run, checks them and puts them into the study's directory.
func (h *handout) take(ctx context.Context, i int, manifest string) error {
	files, err := readManifest(ctx, h.store, manifest)
	if err != nil {
		return err
	}
	r := &h.Runs[i]
	if err := os.MkdirAll(filepath.Dir(h.dir(i)), 0o755); err != nil {
		return err
	}
	err = run.PublishNew(h.dir(i), func(dir string) error {
		if err := h.fetch(ctx, dir, files); err != nil {
			return err
		}
		if condition, err := run.Examine(dir, r.Job); err != nil || condition != run.Finished {
			return errors.Join(err, errors.New("not a finished run of this job"))
		}
		result, err := local.Read(dir, r)
		if err != nil {
			return err
		}
		weights, _ := files.Find(run.ModelDir + "/weights.safetensors")
		if weights.Hash != result.Summary.ModelSHA256 {
			return errors.New("the model is not that of the summary")
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.runs[i].done, h.runs[i].worker = true, ""
	h.replace(ctx, i, protocol.Copy{}, nil)
	if h.Finished != nil {
		h.Finished(r, h.left())
	}
	return nil
}

// fetch writes the files of a finished run into a directory.
func (h *handout) fetch(ctx context.Context, dir string, files protocol.Manifest) error {
	for _, f := range files {
		limit, known := resultFiles[f.Name]
		if !known || f.Size > limit {
			return fmt.Errorf("a file %.70q of %d bytes is no part of a result", f.Name, f.Size)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		out, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := errors.Join(h.store.GetTo(ctx, f.Hash, f.Size, out), out.Close()); err != nil {
			return err
		}
	}
	return nil
}
