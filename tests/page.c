/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a page of JSON, for tests of the page in a browser:
 *   page PROFILE EXPERIMENT >report.html     files of JSON; /dev/null: none
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "yoke/report.h"

/* The text of a file, NULL when it is empty; a file that cannot be read ends the program. */
static char *read_text(const char *name) {
    char *text = NULL;
    size_t room = 0;
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(1);
    }
    ssize_t size = getdelim(&text, &room, '\0', file);
    fclose(file);
    if (size > 0) return text;
    free(text);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: page PROFILE EXPERIMENT\n"), 2;
    char *profile = read_text(argv[1]), *experiment = read_text(argv[2]);
    int out = STDOUT_FILENO;
    int status = yoke_report_html_json(profile, experiment, yoke_report_to_descriptor, &out);
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    free(profile);
    free(experiment);
    return status < 0;
}
