package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// One token a line; each is answered by the subject that reader.go of docs/readers.md found, or "-".
func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answer := ""
		if claims, err := Verify(lines.Text()); err != nil {
			answer = "- " + err.Error()
		} else {
			answer = claims.Subject
		}
		fmt.Println(strings.ReplaceAll(answer, "\n", " "))
	}
}
