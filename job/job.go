package job

// Job is one YAML file: everything that decides the result, and a cluster part
// that does not.
type Job struct {
	Name     string    // of the job, and of its run's directory
	Seed     uint64    // decides every random choice; another seed, another model
	Data     []DataSet // by name
	Encoder  Encoder
	Tasks    []Task // in the order of the file, which is that of sums and tables; random choices go by a task's name
	Training Training
	Cluster  Cluster `hash:"-"`

	// Dir is the directory that relative paths start from; File the job file's path.
	// Neither is part of the hash.
	Dir, File string

	places map[string]Position // of what the file says, for errors that are found later
}

// DataSet says where examples come from and how to read them.
type DataSet struct {
	Name             string
	Format           string   // jsonl, csv, tsv, conll, seq, godoc
	Train, Dev, Test string   `hash:"-"` // files, or directories for seq; empty: no such split. godoc: unused
	Fetch            string   `hash:"-"` // command that fetches the files; the error about a missing one names it
	Text             string   // jsonl, csv: field with the text ("text")
	Tokens           string   // jsonl: field with the tokens, instead of Text
	Columns          []string // conll: names by position; "" or "-" skips. The token column is "word"
	Separator        string   `neutral:""`        // between the labels of a multilabel field that is one text. Default: "," and for seq "#". The separator alone is "no label"; an empty cell is not labelled
	Tokenizer        string   `neutral:"unicode"` // how a text becomes words, in training and in prediction: unicode (word boundaries of UAX #29), space (blanks, TABs, ends of lines). Default: unicode for a text and for godoc, space where the file gives the words; then it is for prediction alone
	MaxTokens        int      // words that the model sees of an example, in training and in prediction; check, train and evaluate say what is left out, and a score counts its gold tags as missed
	Lower            bool     // words of this data set are looked up in lower case; false: case is kept
}

// Encoder is what all tasks share.
type Encoder struct {
	Kind string `neutral:"lstm" omit:"neutral"` // lstm: word vectors, then a stacked LSTM
	Word Word
	LSTM LSTM
}

// Word is the word embedding.
type Word struct {
	Dim      int     // numbers a word
	MinCount int     // words rarer than this in training are unknown
	Dropout  float64 // of embedding elements
	Unknown  float64 // probability that a word seen once in training is replaced by what stands for unknown words
	Digits   string  `neutral:"normalise"` // keep: 404 and 500 are two words, and a number that training does not have is looked up as 000. normalise: every digit is 0
	Update   string  // sparse (touched rows only, as torch.optim.SparseAdam) or dense (as torch.nn.Embedding)
}

// LSTM is the recurrent part.
type LSTM struct {
	Hidden        int // of each direction
	Layers        int
	Bidirectional bool    // a second direction, from the end to the start
	Dropout       float64 // of the output of every layer
}

// Task is a kind, a field of a data set, a head, a loss, metrics and a weight.
type Task struct {
	Name           string // of the task and its head
	Kind           string // classification, multilabel, tagging, regression
	Data           string // name of a data set
	Field          string
	Pooling        string             // mean, max, last, attention; empty for tagging
	Scheme         string             // tagging: bio, iobes, bilou, iob1, plain
	Decoder        string             `neutral:"linear" omit:"neutral"` // how logits become answers. linear: each text or word on its own
	Weight         float64            // w_t in L = Σ w_t L_t
	ClassWeights   map[string]float64 // classification, tagging: weight of a label in the loss, 1 where not given. Tags are those of BIO, whatever the scheme
	LabelSmoothing float64            // classification, tagging: share of the target spread over all labels
	Probability    float64            // sampling kind explicit
	Metric         string             // what dev is selected on. Default: accuracy, for multilabel micro_f1, for tagging with spans f1, for regression pearson. The model that is kept has the highest mean of the tasks' selection scores on dev: the metric itself, but for an error (mse, mae; less is better) 1 - r, r being its ratio to the error of answering with the mean of training, or 1/r - 1 where r is above 1. So each enters on one scale: 1 at best, 0 for an error that is no better than the baseline's, never below -1
}

// Training is how the model learns.
type Training struct {
	Mode          string   // sampled, joint
	TasksPerStep  int      // joint: how many tasks a step, 0: all
	Sampling      Sampling // of the task of a step
	Batch         int      // examples a step (of one data set)
	Shards        int      // S, the fixed slices of every batch
	Epochs        int      // passes over the data; one of Epochs and Steps is above 0. With several tasks, sampled: an epoch has as many steps as all tasks have batches, and the sampler decides whose they are, so a small task may get none; joint: a pass over the largest data set. `braid check` prints the steps and passes of every task
	Steps         int      // updates
	Optimizer     Optimizer
	Schedule      Schedule
	Clip          float64 // global norm, 0: off
	EvaluateEvery int     // steps
	NotFinite     string  // a step whose loss or gradient is not finite: stop ends the run, skip leaves parameters and optimiser as they are and goes on; ten in a row end it
	Patience      int     // evaluations without a better mean selection score on dev (see tasks[].metric) before stopping, 0: never
	Precision     string  // f32, bf16: of gradients and updates that travel between coordinator and workers. Part of the result, also in one process. The old place, cluster.precision, is still read
}

// Sampling chooses the task of a step.
type Sampling struct {
	Kind        string  // uniform, proportional, temperature, explicit, round_robin, annealed
	Temperature float64 // temperature: p ∝ min(n, Cap)^(1/Temperature)
	Cap         int     // 0: none
	Alpha       float64 // annealed: p ∝ n^a, a = 1 - Alpha (e-1)/(E-1) (Stickland and Murray 2019)
}

// Optimizer is the update rule.
type Optimizer struct {
	Kind              string  // sgd, adam, adamw, rmsprop, adagrad
	LR                float64 // learning rate, before the schedule's factor
	Momentum          float64 // sgd, rmsprop
	Nesterov          bool    // sgd
	Beta1, Beta2, Eps float64 // adam, adamw; Eps also rmsprop and adagrad
	Alpha             float64 // rmsprop: memory of the square
	WeightDecay       float64 // adamw: decoupled; otherwise added to the gradient
}

// Schedule is the factor on the learning rate at each step.
type Schedule struct {
	Kind   string  // constant, linear, cosine, step, exponential
	Warmup int     // steps of linear warm-up
	Every  int     // step, exponential: steps between decays
	Gamma  float64 // step, exponential: factor of a decay
}

// Cluster decides how the job is run, not what it gives.
type Cluster struct {
	MinWorkers      int     // training starts when so many workers are there
	CheckpointEvery int     // steps
	Keep            int     // checkpoints kept beside the best
	Patience        float64 // k of the adaptive deadlines, median + k·MAD
	Audit           float64 // share of the answers that a second worker computes too, 0: none; who gives other bits than most is shut out
}
