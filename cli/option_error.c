/* SPDX-License-Identifier: Apache-2.0
 *
 * What getopt_long did not understand, in our words.
 */
#include <getopt.h>
#include <string.h>

#include "cli/cli.h"
#include "yoke/status.h"

enum { MOST_OPTIONS = 64 };

int option_error(int code, char **argv, const struct option *options) {
    const char *text = argv[optind - 1];
    if (code == ':') return yoke_fail(YOKE_EINVAL, "option '%s' needs a value", text);
    if (optopt > 0 && optopt < 256) return yoke_fail(YOKE_EINVAL, "unknown option '-%c'", optopt);
    if (optopt) return yoke_fail(YOKE_EINVAL, "option '%s' takes no value", text);
    const char *names[MOST_OPTIONS + 1] = {0};
    for (int i = 0; i < MOST_OPTIONS && options[i].name; i++) names[i] = options[i].name;
    char word[64] = "";
    strncat(word, text + 2, strcspn(text + 2, "=") < sizeof word ? strcspn(text + 2, "=") : 0);
    const char *near = nearest_name(word, names);
    return yoke_fail(YOKE_EINVAL, "unknown option '%s'%s%s%s", text,
                     near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
}
