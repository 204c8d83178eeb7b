package job

import "cmp"

// defaults returns a job with the defaults that depend on no other key. The reader starts
// from it, so that a 0 in the file is a 0 and not the default.
func defaults() *Job {
	return &Job{
		Name: "job",
		Seed: 1,
		Encoder: Encoder{
			Kind: encoders[0].Name,
			Word: Word{Dim: 100, MinCount: 1, Dropout: 0.3, Unknown: 0.2, Digits: "keep", Features: FeaturesHashed,
				Update: "sparse", Vectors: Vectors{Limit: 200_000, Scale: 1}},
			Char: Char{Kind: CharOff, Dim: 30, Filters: 30, Width: 3},
			LSTM: LSTM{Hidden: 128, Layers: 1, Bidirectional: true, Dropout: 0.3},
		},
		Training: Training{
			Mode:      "sampled",
			Sampling:  Sampling{Kind: "proportional", Temperature: 2, Alpha: 0.8},
			Batch:     64,
			Shards:    8,
			Optimizer: Optimizer{Kind: "adam", LR: 0.001, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Alpha: 0.99},
			Schedule:  Schedule{Kind: "constant", Every: 1000, Gamma: 0.5},
			Balance:   Balance{Kind: BalanceStatic, LR: 0.01, Temperature: 2, Smoothing: 0.9},
			Conflict: Conflict{Kind: ConflictOff, Per: PerEncoder, C: 0.5, Fairness: 2, Alpha: 1.5, LR: 0.025, Gamma: 0.001,
				Beta: 0.9, Mu: 1},
			Clip:          5,
			EvaluateEvery: 200,
			NotFinite:     "stop",
			Patience:      10,
			Precision:     "f32",
		},
		Cluster: Cluster{MinWorkers: 1, CheckpointEvery: 200, Keep: 3, Candidates: CandidatesFront, Patience: 6},
	}
}

// Values of cluster.candidates.
const (
	CandidatesFront = "front"
	CandidatesTasks = "tasks"
	CandidatesOff   = "off"
)

func defaultDataSet() DataSet { return DataSet{MaxTokens: 400} }

// LabelSeparator returns Separator, or the default of the format if Separator is empty.
func (d DataSet) LabelSeparator() string {
	return cmp.Or(d.Separator, d.Of().Separator)
}

func defaultColumn() Column { return Column{Dim: 20, Unknown: 0.01} }

func defaultTask() Task {
	return Task{Weight: 1, Decoder: "linear", Private: Private{LSTM: PrivateLSTM{Layers: 1, Bidirectional: true}}}
}

// defaultEpochs is the length of a job that gives neither epochs nor steps.
const defaultEpochs = 10

// complete fills in the defaults that depend on other keys.
func (j *Job) complete() {
	if j.Training.Epochs == 0 && j.Training.Steps == 0 && !j.said("training.epochs") && !j.said("training.steps") {
		j.Training.Epochs = defaultEpochs
	}
	if w := &j.Encoder.Word; !j.Encoder.of().parts && !j.said("encoder.word.features") {
		w.Features = FeaturesOff
	}
	if j.Training.Optimizer.Kind == "adagrad" && !j.said("training.optimizer.eps") {
		j.Training.Optimizer.Eps = 1e-10 // torch.optim.Adagrad
	}
	if v := &j.Encoder.Word.Vectors; v.File != "" {
		setDefault(&v.Update, vectorUpdates)
		setDefault(&v.Keep, vectorKeeps)
	}
	if s := &j.Training.Schedule; s.Kind == "inverse" {
		if !j.said("training.schedule.every") {
			s.Every = 0
		}
		if !j.said("training.schedule.gamma") {
			s.Gamma = 0.05
		}
	}
	for i := range j.Data {
		d := &j.Data[i]
		format := d.Of()
		if format.Text && d.Text == "" && d.Tokens == "" {
			d.Text = "text"
		}
		if d.Tokenizer == "" {
			d.Tokenizer = cmp.Or(format.Tokenizer, "space")
			if d.Text != "" {
				d.Tokenizer = "unicode"
			}
		}
	}
	for i := range j.Tasks {
		t := &j.Tasks[i]
		if t.Data == "" && len(j.Data) == 1 {
			t.Data = j.Data[0].Name
		}
		kind := t.Of()
		setDefault(&t.Scheme, kind.Schemes)
		setDefault(&t.Pooling, kind.Poolings)
		if t.Metric == "" && t.Scheme == plain {
			t.Metric = "accuracy" // tags that form no spans have no F1
		}
		setDefault(&t.Metric, kind.Metrics)
	}
}

// setDefault sets an empty value to the first of the legal ones, if there are any.
func setDefault(value *string, legal []string) {
	if *value == "" && len(legal) > 0 {
		*value = legal[0]
	}
}
