package job

import "strings"

// Nearest returns the name that was probably meant by another, "" if none is near: one that
// differs in case or white space alone, else the first of the least edit distance, at most
// half of its length.
func Nearest(name string, known []string) string {
	best, distance := "", len(name)/2+1
	for _, k := range known {
		if strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(k)) {
			return k
		}
		if len(k) > maxNearest || len(name) > maxNearest {
			continue
		}
		if d := editDistance(name, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// maxNearest bounds the names that are compared, in bytes: the cost is their product.
const maxNearest = 200
