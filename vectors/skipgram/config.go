package skipgram

// Config decides how vectors are trained.
type Config struct {
	Dim       int     // D
	Epochs    int     // passes over the text
	Window    int     // most words between a word and its context, plus one
	Negatives int     // sampled words per context
	MinCount  int     // words with a lower count have no vector
	MinN      int     // least characters of an n-gram, with < and > around the word
	MaxN      int     // most characters of an n-gram; 0: words have no n-grams
	Buckets   int     // rows that n-grams share by their hash
	Rate      float64 // learning rate of the first step; it falls linearly to 0
	Sample    float64 // words with a higher share of the text are left out at random
	Seed      uint64
}

// Default is the default of fastText's skipgram, with 200,000 buckets instead of 2,000,000.
func Default() Config {
	return Config{Dim: 100, Epochs: 5, Window: 5, Negatives: 5, MinCount: 5, MinN: 3, MaxN: 6, Buckets: 200_000,
		Rate: 0.05, Sample: 1e-4, Seed: 1}
}
