package run

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"braid/internal/regular"
)

// Summary is summary.json: what a finished run says of itself. Scores are fractions.
type Summary struct {
	Job             string                 `json:"job"`
	JobHash         string                 `json:"job_hash"`
	DataSHA256      string                 `json:"data_sha256"`  // of the data that it was trained and scored on: data.Digest
	ModelSHA256     string                 `json:"model_sha256"` // of model/weights.safetensors
	Steps           uint64                 `json:"steps"`
	SkippedSteps    uint64                 `json:"skipped_steps,omitempty"` // not finite, and not applied
	Seconds         float64                `json:"seconds"`                 // over all resumptions
	Tokens          uint64                 `json:"tokens"`                  // trained on
	TokensPerSecond float64                `json:"tokens_per_second"`       // of steps; evaluations not counted
	Workers         int                    `json:"workers"`                 // at the end
	Stopped         string                 `json:"stopped"`                 // steps, patience
	Best            Best                   `json:"best"`
	NeverTrained    []string               `json:"never_trained,omitempty"` // tasks whose head the model has as it began
	Tasks           map[string]TaskSummary `json:"tasks"`
	Data            map[string]Scores      `json:"data,omitempty"` // joint_accuracy, by data set
}

// TaskSummary is what one task scored with the best parameters.
type TaskSummary struct {
	Kind   string `json:"kind"`
	Metric string `json:"metric"` // what it was selected on
	Steps  uint64 `json:"steps"`  // that trained it
	Scores
	Floor map[string]float64 `json:"floor,omitempty"` // on test: what no learning gives
}

// Scores are fractions by metric, of two splits.
type Scores struct {
	Dev  map[string]float64 `json:"dev,omitempty"`
	Test map[string]float64 `json:"test,omitempty"`
}

// WriteSummary writes summary.json whole; the run is finished from here on.
func (d *Dir) WriteSummary(s *Summary) error {
	for name, t := range s.Tasks {
		t.Dev, t.Test, t.Floor = finite(t.Dev), finite(t.Test), finite(t.Floor)
		s.Tasks[name] = t
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return d.WriteFile(SummaryFile, append(text, '\n'))
}

// maxSummary bounds summary.json; that of a hundred tasks has 100 kB.
const maxSummary = 16 << 20

// ReadSummary reads the summary of a finished run.
func ReadSummary(dir string) (*Summary, error) {
	text, err := regular.Read(filepath.Join(dir, SummaryFile), maxSummary)
	if err != nil {
		return nil, err
	}
	s := new(Summary)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, SummaryFile), err)
	}
	return s, nil
}
