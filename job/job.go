package job

// Job is the content of one YAML file. All keys decide the result, except those of cluster
// and the paths of the data.
type Job struct {
	// The job's name. It is also the default name of the run directory.
	Name string
	// The seed of all random choices. Another seed gives another model.
	Seed uint64
	// The data sets, by name.
	Data []DataSet
	// The part of the model that all tasks share.
	Encoder Encoder
	// The model from which training starts. Default: none; all parameters start at random.
	Init Init
	// The tasks. Losses are summed, and tables are printed, in the order of the file. The
	// random choices of a task depend on its name, not on its place.
	Tasks []Task
	// How the model learns.
	Training Training
	// How a cluster runs the job.
	Cluster Cluster `hash:"-"`

	// Dir is the directory of the job file; relative paths start from it. File is the path of
	// the job file. Neither is part of the hash.
	Dir, File string

	places map[string]Position // of the keys in the file, for errors that are found later
}

// DataSet names the examples of one data set and how to read them.
type DataSet struct {
	Name string
	// jsonl, csv, tsv, conll, seq or godoc.
	Format string
	// Path of the file, or for seq of the directory. A data set may lack dev and test. godoc has no paths.
	Train, Dev, Test string `hash:"-"`
	// K-fold cross-validation: 2/5 cuts the training examples into 5 folds and makes fold 2 the dev split; training
	// has the other four. The dev and test splits of the job are not read. A hash of the text chooses an example's
	// fold, so that equal texts share a fold, also across data sets. Default: no folds.
	Fold string `neutral:"" omit:"neutral"`
	// Command that fetches the files. The error about a missing file quotes it.
	Fetch string `hash:"-"`
	// jsonl, csv, tsv: field that holds the text. Default: text.
	Text string
	// jsonl: field that holds a list of words, instead of a text.
	Tokens string
	// conll: names of the columns in their order. "" or "-" skips a column. The column of the words is called word.
	Columns []string
	// Separator of the labels of a multilabel task in a field that is one text. Default: ",", for seq "#".
	// The separator alone means "no label". An empty cell means "not labelled".
	Separator string `neutral:""`
	// How a text is cut into words, in training and in prediction. unicode: at the word boundaries of
	// UAX #29. space: at blanks, TABs and line ends. Default: unicode for texts and for godoc, space if
	// the file holds words; then only prediction cuts texts.
	Tokenizer string `neutral:"unicode"`
	// Number of words of an example that the model reads, in training and in prediction. Further words
	// are cut off; check, train and evaluate report how many. A score counts their gold tags as missed.
	MaxTokens int
	// Words of this data set are looked up in lower case. false keeps case.
	Lower bool
}

// Encoder is the part of the model that all tasks share.
type Encoder struct {
	// lstm: word vectors and a stacked LSTM.
	Kind string `neutral:"lstm" omit:"neutral"`
	Word Word
	Char Char
	// Columns of the data, such as parts of speech, that the encoder reads next to the words. Each has a table of
	// its own, whose vectors stand next to those of the words.
	Columns []Column
	LSTM    LSTM
}

// Column is a column of the data next to the words.
type Column struct {
	// Field of the data that has one value per word: a column of conll, or a list of jsonl as long as tokens.
	Field string `neutral:""`
	// Numbers per value.
	Dim int `neutral:"20"`
	// Probability with which training replaces a value by the unknown value, which values have that training does not
	// have, or has once.
	Unknown float64 `neutral:"0.01"`
}

// Word describes the table of word vectors.
type Word struct {
	// Numbers per word.
	Dim int
	// Words with a lower count in training are unknown words.
	MinCount int
	// Dropout probability of each element of a word vector.
	Dropout float64
	// true: the dropout is locked. It zeroes the same elements in all words of a text (Gal and Ghahramani
	// 2016). false: it draws every element of every word.
	Locked bool `neutral:"false" omit:"neutral"`
	// Probability with which training zeroes the whole input of a word: its vector, features and characters.
	WordDropout float64 `neutral:"0" omit:"neutral"`
	// Probability with which training replaces a word that it has min_count times, the least frequent words with a
	// vector, by the unknown word of its shape.
	Unknown float64
	// keep: 404 and 500 are two words, and a number that training does not have is looked up as 000.
	// normalise: every digit is 0.
	Digits string `neutral:"normalise"`
	// hashed: to the vector of every word, known or not, vectors of its features are added, so that unknown words
	// differ by spelling. The features are the word in lower case with every digit 0, its first and last 2 to 4
	// characters, and the pattern of its capitals, digits and marks. off: words have their own vector alone, the
	// only value for an encoder that does not read features.
	Features string `neutral:"off"`
	// Rows that a step updates. sparse: those of the words of the batch, as torch.optim.SparseAdam. dense:
	// all, as torch.nn.Embedding.
	Update  string
	Vectors Vectors
}

// Vectors describes word vectors that another program has trained on other texts.
type Vectors struct {
	// The file: text of GloVe, fastText (.vec) or word2vec, or word2vec's binary form, as it is or packed by gzip. It has
	// encoder.word.dim numbers a word. The path is relative to the job file. "": no vectors. A word of the file starts
	// with its vector, another word with random numbers of the same variance. A word that neither the file nor training
	// has is looked up in lower case, too.
	File string `hash:"-" neutral:"" omit:"neutral"`
	// tuned: training changes the vectors of its words. frozen: it changes only the rows of words without a vector.
	// Default: tuned if there is a file.
	Update string `neutral:"" omit:"neutral"`
	// tuned: number of steps before training begins to change the vectors.
	TuneAfter int `neutral:"0" omit:"neutral"`
	// all: the model keeps the vectors of words that training does not have, for texts to come. Training never changes
	// these. seen: the model keeps those of the words of training alone. Default: all if there is a file.
	Keep string `neutral:"" omit:"neutral"`
	// keep all: largest number of words that training does not have. Files list frequent words first; the first ones
	// are kept.
	Limit int `neutral:"200000" omit:"neutral"`
	// Factor on all numbers of the file. `braid check` reports their variance.
	Scale float64 `neutral:"1" omit:"neutral"`
}

// Char describes the character encoder: a vector of a word's spelling that stands beside the word's vector.
type Char struct {
	// conv: a convolution over the vectors of the word's characters, relu, and the maximum over its positions (Ma and
	// Hovy 2016). All words have it, known or not. A character that training has once is the unknown character. The
	// first 64 characters of a word are read. off: no character encoder.
	Kind string `neutral:"off" omit:"neutral"`
	// Numbers per character.
	Dim int `neutral:"30" omit:"neutral"`
	// Numbers per word that the convolution adds to the input of the recurrent layers. encoder.word.dropout
	// drops them, too.
	Filters int `neutral:"30" omit:"neutral"`
	// Characters that a filter spans, an odd number.
	Width int `neutral:"3" omit:"neutral"`
}

// LSTM describes the recurrent layers.
type LSTM struct {
	// Hidden units per direction.
	Hidden int
	Layers int
	// Adds a second direction, from the last word to the first.
	Bidirectional bool
	// Dropout probability of the output of every layer.
	Dropout float64
	// true: the dropout is locked. It zeroes the same units in all words of a text (Gal and Ghahramani
	// 2016). false: it draws every unit of every word.
	Locked bool `neutral:"false" omit:"neutral"`
	// Dropout probability of the hidden state that a step takes from the step before it. It zeroes the same units
	// at all steps of a text (Gal and Ghahramani 2016), and others in each layer and direction.
	RecurrentDropout float64 `neutral:"0" omit:"neutral"`
}

// Init names a model from which training starts, to add tasks to it or to learn related ones.
type Init struct {
	// Directory of the model, or of the run that contains it. The path is relative to the job file. Parameters start
	// with the values that the model has under the same name: rows of tables by word, character or value, rows of heads
	// by label, all others by name; their shapes must be equal. New ones start at random, as without a model. The
	// vocabulary gets the words of the model that training does not have; their vectors stay as they are.
	From string `hash:"-" neutral:"" omit:"neutral"`
	// SHA-256 of the lines of labels.json, vocab.json and weights.safetensors in the file SHA256SUMS of the model. A run
	// never continues from another model. Default: that of the model in from.
	Model string `neutral:"" omit:"neutral"`
	// Groups of parameters that training does not change: names of `braid check`, such as word, encoder or head.slots.
	// A * matches any characters but a dot.
	Freeze []string
	// mode sampled: share of the steps that train the tasks of old, which keep what the model has learnt. Among
	// themselves these tasks, and the others, have the shares that sampling gives. 0: sampling alone decides.
	Rehearse float64 `neutral:"0" omit:"neutral"`
	// Names of the tasks that the model knows. Default: the tasks of the job that have the name of a task of the model.
	Old []string
}

// Task is one thing to learn: a field of a data set, a head, a loss and a metric.
type Task struct {
	// Name of the task and its head.
	Name string
	// classification: one label per text. multilabel: a set of labels per text. tagging: one label per
	// word. regression: a number per text.
	Kind string
	// Name of the data set. Default: the only one.
	Data string
	// Field of the data that holds the labels.
	Field string
	// How the words of a text become one row of numbers: mean, max, last or attention. Default: max.
	// tagging has no pooling.
	Pooling string
	// tagging: scheme of the tags, which is bio, iobes, bilou, iob1 or plain. plain tags do not form
	// spans. Default: bio.
	Scheme string
	// How numbers become answers. linear: each text, or each word, on its own. crf, tagging: the tags of a text
	// together, with learnt scores of their transitions (a linear-chain conditional random field). Words without a
	// tag may then have any. Both divide the loss by the number of words with a tag, so that learning rates and task
	// weights that suit the one suit the other.
	Decoder string `neutral:"linear" omit:"neutral"`
	// Classification and multilabel tasks whose answers this task reads, as intents for slots. Their
	// probabilities for the text join every row that the decoder reads. The loss of this task does not
	// train the heads that it reads.
	Reads []string
	// Number of the last layer of encoder.lstm that the task reads, from 1. Its loss does not train the layers
	// above. A task with simple answers, such as parts of speech, often gains by a lower layer than those of
	// harder ones (Søgaard and Goldberg 2016). 0: the last layer. Layers that no task reads are left out.
	Layer int `neutral:"0" omit:"neutral"`
	// Tasks of one group share an encoder among themselves only. Each group has an encoder of its own, with its own
	// tables of words, characters and columns; the vocabulary is that of the job. Tasks without a group are a group,
	// too.
	Group string `neutral:"" omit:"neutral"`
	// An encoder of the task's own, next to the shared one. Both read the same rows of words, so that the tables and
	// the characters are shared. The task's decoder reads the hidden states of both, side by side. Only steps of this
	// task train the private encoder (shared-private model; Liu, Qiu and Huang 2017).
	Private Private
	// w_t in the loss L = Σ w_t L_t.
	Weight float64
	// classification, tagging: weight of a label in the loss, 1 for labels that are not named. Tags are
	// named as in BIO, whatever the scheme.
	ClassWeights map[string]float64
	// classification, tagging: share of the target that is spread over all labels.
	LabelSmoothing float64
	// sampling kind explicit: share of the steps.
	Probability float64
	// The metric that selects the model. classification: accuracy or macro_f1. multilabel: micro_f1,
	// macro_f1 or accuracy. tagging: f1, precision, recall, accuracy or sentence_accuracy, the share of texts
	// with every tag right. regression: pearson, mse or mae. Default: the first; accuracy for plain tags.
	// Training keeps the model with the highest mean of the tasks' selection scores on dev. The selection
	// score is the metric itself, except for the errors mse and mae. Let r be the ratio of the error to the
	// error of always answering the mean of training: the selection score is 1 - r up to r = 1, and 1/r - 1
	// above. So every selection score is 1 at best, and that of an error is 0 at the baseline and never
	// below -1.
	Metric string
}

// Private describes an encoder of one task, next to the shared one.
type Private struct {
	LSTM PrivateLSTM
	// Factor on a penalty that makes the two encoders differ: the mean over texts of ‖Sᵀ·P/T‖²_F, where the T rows of S
	// and P are the hidden states of a text's words in the shared and in the private encoder. A text weighs as much as
	// in the task's loss. Liu, Qiu and Huang do not divide by T. 0: no penalty.
	Orthogonality float64 `neutral:"0" omit:"neutral"`
}

// PrivateLSTM describes the layers of a private encoder. Their dropout is that of encoder.lstm.
type PrivateLSTM struct {
	// Hidden units per direction. 0: the task has no private encoder.
	Hidden int `neutral:"0" omit:"neutral"`
	Layers int `neutral:"1" omit:"neutral"`
	// Adds a second direction, from the last word to the first.
	Bidirectional bool `neutral:"true" omit:"neutral"`
}

// Training describes how the model learns.
type Training struct {
	// sampled: each step trains one task. joint: each step trains all tasks, or tasks_per_step of them.
	Mode string
	// joint: number of tasks in a step, drawn by sampling; 0 for all.
	TasksPerStep int
	Sampling     Sampling
	// Examples in a step, of each data set that the step reads.
	Batch int
	// Number of fixed slices of every batch. Workers share the slices out, so this bounds the number of
	// workers that help.
	Shards int
	// Passes over the data; 0 if steps are given. With several tasks and mode sampled, an epoch has as
	// many steps as all tasks have batches. The sampler chooses the task of each step, so a small task may
	// get none. With mode joint, an epoch is a pass over the largest data set. `braid check` prints the
	// steps and passes of every task.
	Epochs int
	// Number of updates; 0 if epochs are given.
	Steps     int
	Optimizer Optimizer
	Schedule  Schedule
	Average   Average
	Balance   Balance
	Conflict  Conflict
	Measure   Measure
	// Bound on the global norm of the gradient, 0 for none.
	Clip float64
	// Steps between two evaluations on dev.
	EvaluateEvery int
	// What happens if a loss or a gradient is not finite. stop: the run ends. skip: the step changes
	// neither parameters nor optimiser, and training continues; ten such steps in a row end the run.
	NotFinite string
	// Evaluations without a better mean selection score on dev (see tasks[].metric) after which training
	// stops, 0 for no limit.
	Patience int
	// Number format in which gradients and updates travel between coordinator and workers: f32 or bf16. It
	// is part of the result, also in one process. The former place, cluster.precision, is still read.
	Precision string
}

// Sampling chooses the task of a step.
type Sampling struct {
	// uniform, proportional, temperature, explicit, round_robin or annealed.
	Kind string
	// temperature: T in p ∝ min(n, cap)^(1/T), where n is the number of examples of the task.
	Temperature float64
	// temperature: the largest n that counts, 0 for no limit.
	Cap int
	// annealed: p ∝ n^a with a = 1 - alpha (e-1)/(E-1) in epoch e of E (Stickland and Murray 2019).
	Alpha float64
}

// Optimizer is the update rule.
type Optimizer struct {
	// sgd, adam, adamw, rmsprop or adagrad.
	Kind string
	// Learning rate, before the factor of the schedule.
	LR float64
	// sgd, rmsprop.
	Momentum float64
	// sgd.
	Nesterov bool
	// adam, adamw. rmsprop and adagrad have eps, too; the default of adagrad is 1e-10.
	Beta1, Beta2, Eps float64
	// rmsprop: decay rate of the mean square.
	Alpha float64
	// adamw: decoupled from the gradient. Others: added to the gradient.
	WeightDecay float64
}

// Schedule is the factor on the learning rate at each step.
type Schedule struct {
	// constant, linear, cosine, step, exponential or inverse. linear and cosine fall to 0 at the last step.
	Kind string
	// Steps in which the factor first rises linearly to 1.
	Warmup int
	// step, exponential, inverse: steps between two decays; 0 for an epoch. Default of inverse: 0.
	Every int
	// step, exponential: factor of one decay. inverse: g in the factor 1/(1 + g·n) after n decays; the default is
	// then 0.05 (Ma and Hovy 2016).
	Gamma float64
}

// Average is the mean of the parameters over the steps, which dev and the model use. Steps use the parameters.
type Average struct {
	// d in the weight d^k of the parameters k steps ago: an exponential moving average with bias correction. It
	// covers about the last 1/(1-d) steps. 1: all steps weigh the same (Polyak and Juditsky 1992). 0: no mean. With a
	// mean, a cluster sends all parameters twice for an evaluation.
	Decay float64 `neutral:"0" omit:"neutral"`
	// Steps before the first one that counts.
	From int `neutral:"0" omit:"neutral"`
}

// Balance multiplies gradients in parameters that several tasks share by factors known before the step.
type Balance struct {
	// A factor multiplies the gradient of its task in addition to the task's weight. Parameters that one task trains,
	// such as its head, get the gradient without the factor. metrics.jsonl records the factors.
	// static: factors of 1. equal: 1/weight, so that shared parameters do without the weights of the tasks. Functions of
	// the losses of the steps before: uncertainty, 1/σ² with a learnt variance σ² (Kendall et al. 2018); liebel, the
	// same with another regulariser (Liebel and Körner 2018); uw_so, softmax(1/(L·temperature)) (Kirchdorfer et al.
	// 2024); imtl_l, e^s with a learnt s (Liu et al. 2021); gls, from the geometric mean of the losses (Chennupati et
	// al. 2019); dwa, from the rate at which losses fall (Liu et al. 2019). rlw: random, for comparison (Lin et al.
	// 2022). Factors of softmax have the sum T, the number of tasks.
	Kind string `neutral:"static" omit:"neutral"`
	// uncertainty, liebel, imtl_l: learning rate of Adam for the learnt numbers.
	LR float64 `neutral:"0.01" omit:"neutral"`
	// uw_so, dwa: a higher temperature makes the factors more equal.
	Temperature float64 `neutral:"2" omit:"neutral"`
	// uw_so, gls: s in the mean loss of a task, s·mean + (1-s)·loss after each step that trains the task.
	Smoothing float64 `neutral:"0.9" omit:"neutral"`
	// dwa: steps of a window, whose mean losses are compared; 0 for an epoch.
	Every int `neutral:"0" omit:"neutral"`
}

// Conflict is how the gradients of the tasks become the gradient of the parameters that they share.
type Conflict struct {
	// off: their sum. Other methods are sums with a factor for each task, which metrics.jsonl records. Parameters that
	// one task trains, such as its head, get the gradient without the factor.
	// From the inner products of the gradients: pcgrad (Yu et al. 2020), cagrad (Liu et al. 2021), nash_mtl (Navon et
	// al. 2022), fairgrad (Ban and Ji 2024), mgda (Sener and Koltun 2018), upgrad (Quinton and Rey 2024), dualproj
	// (Lopez-Paz and Ranzato 2017), aligned_mtl (Senushkin et al. 2023), imtl_g (Liu et al. 2021), config (Liu et al.
	// 2024). With the losses: gradnorm (Chen et al. 2018), famo, which computes every step twice (Liu et al. 2023), and
	// stch (Lin et al. 2024).
	// In sampled mode: m_config, config of a momentum for each task (Liu et al. 2024), or a method that needs the inner
	// products alone; it takes them from the last measurement (training.measure), and holds the factors until the next.
	Kind string `neutral:"off" omit:"neutral"`
	// encoder: one factor a task. tensor: one for each tensor of the shared parameters, from its inner products alone;
	// not for gradnorm, famo and stch.
	Per string `neutral:"encoder" omit:"neutral"`
	// cagrad: distance from the sum that the result may have, relative to the length of the sum. 0: the sum. From 1 on
	// no task gets worse.
	C float64 `neutral:"0.5" omit:"neutral"`
	// fairgrad: a of the a-fair solution. 1 is nash_mtl; a large number makes all tasks improve at one rate.
	Fairness float64 `neutral:"2" omit:"neutral"`
	// gradnorm: 0 makes all norms equal; above 0 tasks that learn slowly get larger ones.
	Alpha float64 `neutral:"1.5" omit:"neutral"`
	// gradnorm, famo: learning rate of the factors.
	LR float64 `neutral:"0.025" omit:"neutral"`
	// famo: weight decay of the logits of the factors.
	Gamma float64 `neutral:"0.001" omit:"neutral"`
	// m_config: decay of the momenta, which cover the dense shared parameters. Tables get the gradient of the step's
	// task. The optimiser comes after it, with its own momentum.
	Beta float64 `neutral:"0.9" omit:"neutral"`
	// stch: toward 0 the task with the largest loss is trained alone; a large number weighs all tasks alike.
	Mu float64 `neutral:"1" omit:"neutral"`
}

// Measure compares the tasks' gradients and losses during training. It changes no parameter.
type Measure struct {
	// Steps between two measurements, 0 for none. A measurement computes each task's gradient on a batch of its own, and
	// the tasks' losses on fixed examples before and after the step.
	Every int `neutral:"0" omit:"neutral"`
}

// Cluster describes how a cluster runs the job. These keys do not change the result.
type Cluster struct {
	// Number of workers that must have joined before training starts.
	MinWorkers int
	// Steps between two checkpoints.
	CheckpointEvery int
	// Number of checkpoints that are kept, in addition to the best one and the candidates.
	Keep int
	// Evaluations whose checkpoints are kept as candidates, so that `braid select` can make another one the model.
	// front: the best one of each task, and those that no other one beats or equals in all tasks; at most 8 more than
	// there are tasks, and at most 32. tasks: the best one of each task. off: none.
	Candidates string `neutral:"front" omit:"neutral"`
	// Factor k of the deadlines median + k·MAD, which follow measured durations.
	Patience float64
	// Share of the answers that a second worker computes too, 0 for none. A worker whose bits differ from
	// the majority's is quarantined.
	Audit float64
}
