package main

import "github.com/alecthomas/kong"

const description = `Braid trains one model for many text tasks: a shared encoder and one head per task.

A first run without any download (examples/godoc.yaml is in the repository):
  braid train examples/godoc.yaml
  braid predict runs/godoc/model "Reader wraps an io.Reader and calls Read."

To train the same model on a cluster: see coordinator --help and worker --help.`

// help has the help texts that struct tags name as ${key}.
var help = kong.Vars{
	"job":       "Job file.",
	"model":     "Model directory, or the run directory that contains it.",
	"run":       "Run directory. Training may still be running.",
	"workers":   "Number of goroutines; does not change the result. Default: one per processor.",
	"set":       "Override a key of the job: training.epochs=3, tasks.0.weight=0.5. Repeatable.",
	"moved":     "Path of training data that moved: data.NAME.train=FILE, or encoder.word.vectors.file=FILE. Repeatable.",
	"json":      "Write the result as JSON.",
	"train_out": "Run directory. Default: runs/NAME, where NAME is the job's name.",
	"resume":    "Continue from the newest checkpoint in the run directory, or from the start if there is none.",

	"predict_text": "The text. Without it, or with -: standard input, with one text or JSON object per line.",
	"predict_json": "Write one JSON object per text instead of a table.",

	"evaluate_data": "File to score, in the format of the data set; for format seq, a directory. NAME=FILE if the " +
		"model has " +
		"several data sets. If no file is named train, dev or test, these words mean the split. Default: the job's data.",
	"evaluate_split": "Split of the job's data: train, dev or test. Default: test.",

	"evaluate_predictions": "Also write word, gold tag and predicted tag of each word to a file, in the columns that " +
		"conlleval reads. TASK=FILE if several tasks tag words. May be repeated.",

	"select_run":    "Run directory.",
	"select_task":   "Choose the candidate with the best score of a task.",
	"select_prefer": "Choose the candidate with the highest weighted sum of scores, as slots=0.7,intent=0.3.",
	"select_step":   "Choose the candidate of a step.",
	"select_out":    "Write the model to a new directory and leave the run as it is.",

	"compare_out": "Study directory, with a run directory for every job. Default: runs/NAME-compare, where NAME is the " +
		"job's name.",
	"compare_arm": "One more arm: the job with other values, as braid train --set takes them. Repeatable.",
	"compare_against": "Arm that the others are compared with: alone, together, or the name of an --arm. Unless it is " +
		"alone, no task is trained alone.",
	"compare_seeds":    "Number of seeds of every arm, 2 at least: the job's seed and the next ones.",
	"compare_parallel": "Number of trainings at a time, each on one processor. Default: one per processor.",
	"compare_json":     "Write the content of study.json to standard output.",
	"compare_fail":     "Exit with code 3 if a task is hurt.",
	"compare_plan":     "Train nothing: write the jobs of all trainings into the directory jobs of the study directory.",

	"tune_out": "Study directory, with a run directory for every job. Default: runs/NAME-tune, where NAME is the " +
		"job's name.",
	"tune_space": "Also search a key between two values: whole numbers if both are, in the logarithm if the higher " +
		"one is four times the lower one or more. Repeatable.",
	"tune_trials": "Number of points, with the job as it is.",
	"tune_time":   "In place of --trials: choose the number of points so that the tuning takes about this long.",
	"tune_folds":  "Number of folds of the cross-validation.",
	"tune_prefer": "Weights of the tasks in the score of a point, as slots=0.7,intent=0.3. Default: all the same.",

	"measures_from": "First step, counted from 1.",
	"measures_to":   "Last step. Default: the last one of the run.",

	"replay_step": "Step to replay, counted from 1.",
	"replay_from": "Start at the newest sound checkpoint at or before step M; 0: at the initial parameters. " +
		"Default: the nearest one.",
	"replay_shards": "Also print the loss and the checksum of each shard's gradient.",
	"replay_json":   "Write all figures, with those of the shards, to a file for braid diff; -: to standard output.",

	"diff_a": "Run directory, model directory, or file of braid replay --json.",
	"diff_b": "Another one of the same kind.",

	"godoc_dir": "Directory for train.jsonl, dev.jsonl and test.jsonl.",

	"vectors_files":     "Files of plain text in UTF-8, with a sentence or a paragraph on each line.",
	"vectors_out":       "File to write.",
	"vectors_form":      "text: a word and its numbers on each line, as fastText's .vec. binary: word2vec's binary form.",
	"vectors_tokenizer": "How lines are cut into words, as the tokenizer of a data set: unicode or space.",
	"vectors_lower":     "Train on the text in lower case. Jobs look a word up as it is, then in lower case.",
	"vectors_dim":       "Numbers of a vector.",
	"vectors_epochs":    "Passes over the text.",
	"vectors_window":    "Largest distance of two words that are trained together.",
	"vectors_min_count": "Words with a lower count get no vector.",
	"vectors_seed":      "Seed of all random choices.",

	"bench_job":     "Job file. Its steps are timed; nothing is kept.",
	"bench_steps":   "Number of steps to time, after a fifth of that number to warm up.",
	"bench_workers": "Number of goroutines; with --cluster, of all workers together. Default: one per processor.",
	"bench_cluster": "Time a coordinator with its own NATS server and this number of worker processes on this machine.",
}

// Help is shown below the flags of train --help.
func (trainCommand) Help() string {
	return `Trains in this process and writes the run directory: job.yaml, metrics.jsonl, journal.jsonl, summary.json,
outcomes.bin (the score of each dev and test example), checkpoints/ and model/. The same job and data give
the same model, bit for bit, for any number of workers and of resumptions. Ctrl-C saves a checkpoint and
stops with exit code 130.

Examples:
  braid train examples/godoc.yaml
  braid train examples/snips.yaml --out runs/try --set training.epochs=5 --set encoder.lstm.hidden=128
  braid train examples/snips.yaml --resume        after Ctrl-C, a crash or a reboot`
}

// Help is shown below the flags of check --help.
func (checkCommand) Help() string {
	return `Reads the job file and the data, and prints:
  - the number of examples and words of each split;
  - for a job with word vectors, the share of words that have one, and mean and deviation of the numbers;
  - for each task, the number of steps that train it and of passes over its examples;
  - for a job that starts from a model (init), the parts that the job takes over, adds and drops, and the
    scores of that model;
  - for each task, the baselines that a model must beat: the majority class, or the most frequent tag of
    each word;
  - findings with file and line: labels that training lacks, that differ only in case or white space, that
    look like ids, that contradict each other or are all the same; broken tags; class weights without
    effect; unreadable words and words in two Unicode forms; skipped lines; texts that appear twice, in two
    splits or in two data sets.
Findings are not errors. A job that cannot be trained is an error.

Examples:
  braid check examples/godoc.yaml
  braid check mine.yaml --set training.batch=32`
}

// Help is shown below the flags of predict --help.
func (predictCommand) Help() string {
	return `Prints one answer per text. Each line of standard input is answered, in order, as soon as it has arrived. A
line that starts with { is a JSON object with "text", "tokens" or both; its other fields, such as "id",
are copied to the start of the JSON answer. Any other line is a text. The answer to an empty or invalid
line is an error with its line number (in JSON: "error" instead of "tasks"). The following lines are
still answered, and the exit code is 1.

The tokenizer of the training data splits a text into words; "tokens" are used as they are. Words after
the first max_tokens are ignored: the answer then has "truncated": true. The offsets of entities count
characters (start, end) and bytes (start_byte, end_byte) of "text". If an input has "tokens" but no "text"
that contains them, the answer's "text" is the tokens joined by blanks.

Fields of an answer: text, tokens, truncated, tasks, error. Fields tasks, truncated and error of an input
are dropped. A task whose data set splits texts differently from the first task's has its own "tokens" and
"truncated".

Examples:
  braid predict runs/snips/model "play some jazz by Nina Simone"
  braid predict runs/snips/model - --json < texts.txt
  echo '{"id": 7, "tokens": ["play", "some", "jazz"]}' | braid predict runs/snips/model --json`
}

// Help is shown below the flags of evaluate --help.
func (evaluateCommand) Help() string {
	return `Prints the scores as fractions, computed as usual: spans as by conlleval, macro F1 as by scikit-learn. It
names the split or files that were scored and the number of examples. A tagging score counts words and
entities beyond max_tokens as missed.

Examples:
  braid evaluate runs/snips/model                       the test split, as scored after training
  braid evaluate runs/snips/model --split dev --json
  braid evaluate runs/wnut17/model --data mine.conll    new data
  braid evaluate runs/wnut17/model --predictions out.txt && perl conlleval.pl < out.txt`
}

// Help is shown below the flags of compare --help.
func (compareCommand) Help() string {
	return `Trains the job with several seeds in two arms or more, and prints for each task what the arms score on test:
  - alone: each task by itself, with a vocabulary and an encoder of its own. A task alone sees as many of
    its examples as in the joint job, or up to three times as many with early stopping, whichever is better
    on dev. Warm-up and evaluations are in proportion.
  - together: the job as it is.
  - the job with other values, for each --arm. The value tasks=a,b leaves these tasks alone in the job;
    the table then has the tasks that all arms have.

The interval of a difference counts two kinds of noise: other test examples (10,000 paired resamples, the
same for all arms and seeds) and other seeds (the variance within the arms, pooled over the tasks with the
same metric). The verdict is "gains" or "hurt" if the difference is significant at 5 % after Holm's
correction over all rows, otherwise "no difference shown (up to ±x)": a difference below x cannot be seen
with this test set and these seeds. It does not mean that there is none.

Below the table: the mean gain in percent of the baseline (Δm), the mean rank, the time of one seed on one
processor, the size of the models, and the rows that change without test examples that stand in another
task's training data. The suggested groups of tasks come from dev alone.

Every training is a run directory, named by the hash of its job. A finished training is never repeated, so
that Ctrl-C, a crash or one more --arm loses nothing: the same command continues. Several processes with
the same --out share the trainings.

Examples:
  braid compare examples/snips.yaml
  braid compare examples/snips.yaml --seeds 5 --parallel 8
  braid compare examples/snips.yaml --arm joint:training.mode=joint --arm light:tasks.slots.weight=0.5
  braid compare mine.yaml --against together --arm joint:training.mode=joint
  braid compare mine.yaml --against together --arm without:tasks=intent,slots
  braid compare mine.yaml --fail-if-hurt --json > table.json
  braid compare mine.yaml --plan     then: braid train jobs/HASH.yaml --out runs/HASH, on any machine`
}

// Help is shown below the flags of tune --help.
func (tuneCommand) Help() string {
	return `Searches the weights of the tasks (a quarter to four times those of the job; beyond four tasks in four groups
of similar ones), the sampling temperature if steps draw tasks of different sizes, and the keys of --space.
Point 0 is the job as it is, the others are a Halton sequence.

Successive halving: all points train for a ninth of the job's own schedule, the best third continues to a
third of the schedule, the best third of these to its end. Then the best three and point 0 are compared by
cross-validation on the training data. Point 0 stays unless another point gains more than one standard error
over the folds. Points are judged on dev; no training of a tuning reads the test split.

Leaves in the study directory: tuned.yaml, the job with the best values; study.json, all figures; and a run
directory for every training. The same command continues after Ctrl-C or a crash, and several processes with
the same --out share the trainings.

Examples:
  braid tune examples/snips.yaml --time 90m
  braid tune examples/snips.yaml --trials 9 --prefer slots=0.7,intent=0.3
  braid tune mine.yaml --space training.optimizer.lr=0.0005..0.005 --space encoder.lstm.dropout=0.2..0.6
  braid compare runs/mine-tune/tuned.yaml`
}

// Help is shown below the flags of why --help.
func (whyCommand) Help() string {
	return `Prints whether a run is finished, running, waiting (the cause and the time), stopped, failed or dead, and the
command that resumes it. It only reads the files of the run and takes no lock.

Examples:
  braid why runs/snips
  braid why runs/snips --json | jq -r .phase`
}

// Help is shown below the flags of replay --help.
func (replayCommand) Help() string {
	return `Recomputes a step of a run and all steps since the checkpoint before it, and compares each one with its line
in metrics.jsonl, bit by bit: tasks, loss, gradient norm, learning rate and the checksum of the gradient as
the workers returned it. Exit code 1 if any of them differs.

Examples:
  braid replay runs/snips --step 500
  braid replay runs/snips --step 500 --from 0           use no checkpoint
  braid replay runs/snips --step 500 --shards --json here.json
  braid diff here.json there.json                       find the first shard that differs between two machines`
}

// Help is shown below the flags of diff --help.
func (diffCommand) Help() string {
	return `Two runs: compares the jobs, then all recorded steps bit by bit, then the checkpoints and evaluations.
Replays the first step that differs from the nearest checkpoint of each run, and prints with which run
the replay agrees and whether the gradient or the update differs.
Two models: prints the first tensor that differs.
Two files of braid replay --json: prints the first shard, and the first tensor in it, that differs.
Exit code 0 if nothing differs, 1 otherwise.

Examples:
  braid diff runs/snips runs/again
  braid diff runs/snips/model other/model
  braid diff here.json there.json`
}

// Help is shown below the flags of data godoc --help.
func (godocCommand) Help() string {
	return `Makes one example per documentation sentence of the Go standard library, with the fields tokens, topic (the
group of its package) and entities (BIO tags of the Go names in it, found by Go's own parser). Each
package is in one split only. A job with format: godoc makes the data set by itself.

Examples:
  braid data godoc data/godoc
  head -1 data/godoc/train.jsonl`
}

// Help is shown below the flags of bench --help.
func (benchCommand) Help() string {
	return `Prints the speed of training steps: plan, forward, backward, update, record. GFLOP/s counts the multiply-adds
of the products in the encoder and the heads as two operations each. The peak is the measured speed of the
multiply-add units with the same number of goroutines.

Shares of the time of a step:
  compute    forward, backward, packing of weights; in a cluster: by the slowest worker
  reduce     sums of gradients over the shards
  wire       encoding, publishing, joining and decoding by the coordinator
  wait       idle goroutines; in a cluster: messages in transit
  optimise   scaling, clipping, checking and updating
  rest       plan and record

--cluster starts the programs coordinator and worker from braid's directory or the PATH.

Examples:
  braid bench examples/godoc.yaml
  braid bench examples/snips.yaml --workers 1 --steps 500 --json
  braid bench examples/snips.yaml --cluster 2
  BRAID_KERNEL=avx2 braid bench examples/snips.yaml`
}

// Help is shown below the flags of select --help.
func (selectCommand) Help() string {
	return `Training keeps the checkpoints of candidates: evaluations on dev that no other one beats or equals in all
tasks, and the best one of each task (cluster.candidates in docs/job.md). Without --task, --prefer and --step, the
command lists them with their main metrics. With one of these flags it makes a candidate the model of the
run, scores dev and test again and updates summary.json. Nothing is trained. Scores are compared as for
the selection of the model: see tasks[].metric in docs/job.md.

Examples:
  braid select runs/snips
  braid select runs/snips --task slots
  braid select runs/snips --prefer slots=0.7,intent=0.3 --out slots-model
  braid select runs/snips --step 1200`
}
