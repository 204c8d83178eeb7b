package job

import "strings"

// Nearest returns the known name that the user probably meant by name. It prefers one that
// differs only in case or white space, and otherwise returns the first with the least edit
// distance. It returns "" if that distance is above half of the name's length.
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

// maxNearest bounds the length of compared names, in bytes: the cost is the product of the
// lengths.
const maxNearest = 200
