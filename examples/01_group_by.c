/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups a CSV file by a column: for each station the number of rows with a temperature, the mean
 * and the highest. The sums are exact, so any number of threads prints the same.
 */
#include <stdio.h>

#include "yoke/yoke.h"

int main(int argc, char **argv) {
    yoke_input input = {.name = argc > 1 ? argv[1] : "examples/data/weather.csv"};
    yoke_format csv = {.delimiter = ',', .quote = '"', .header = true};
    yoke_dataset *data = NULL;
    yoke_table *table = NULL;
    size_t station, temp;
    int status;

    YOKE_TRY_GOTO(status, yoke_dataset_open(&input, 1, &csv, &data), end);
    YOKE_TRY_GOTO(status, yoke_dataset_find_column(data, "station", &station), end);
    YOKE_TRY_GOTO(status, yoke_dataset_find_column(data, "temp", &temp), end);

    yoke_aggregate wanted[] = {
        {YOKE_AGGREGATE_COUNT, temp}, {YOKE_AGGREGATE_MEAN, temp}, {YOKE_AGGREGATE_MAX, temp}};
    yoke_groupby query = {.dataset = data,
                          .keys = &station,
                          .key_count = 1,
                          .aggregates = wanted,
                          .aggregate_count = 3};
    YOKE_TRY_GOTO(status, yoke_groupby_run(&query, &table), end);

    for (size_t row = 0; row < yoke_table_rows(table); row++) {
        yoke_text name = yoke_table_key(table, row, 0);
        printf("%-12.*s %4.0f %7.2f %7.2f\n", (int)name.size, name.data,
               yoke_table_value(table, row, 0).number, yoke_table_value(table, row, 1).number,
               yoke_table_value(table, row, 2).number);
    }
end:
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    yoke_table_destroy(table);
    yoke_dataset_close(data);
    return status < 0;
}
