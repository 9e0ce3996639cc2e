"""Which test has which case: each of the 29 has one, with the value that is right."""

import ast
from pathlib import Path

TESTS = {
    "01": "test_what_the_baseline_switches_off_is_not_checked_and_the_report_says_so",
    "03": "test_booleans_are_the_same_in_parquet_csv_and_traffic",
    "04": "test_labels_of_yes_and_no_are_labels",
    "06": "test_half_an_emoji_is_a_row_with_a_sign_in_its_place",
    "07": "test_what_is_no_row_is_set_aside_with_its_line_and_why",
    "08": "test_columns_are_called_what_they_are_called",
    "09": "test_several_labels_may_be_hoped_for",
    "10": "test_a_positive_label_that_never_comes_gives_no_baseline",
    "12": "test_a_probability_alone_is_a_prediction_by_its_threshold",
    "13": "test_requests_of_every_usual_shape_are_the_baselines_rows",
    "14": "test_a_baseline_with_the_target_first_is_read_with_the_names_of_both_sides",
    "15": "test_classes_as_1_and_as_1_point_0_are_one_class",
    "16": "test_a_window_of_one_class_is_measured_and_says_what_is_undefined",
    "17": "test_scientific_notation_is_a_number_with_pandas_mean",
    "18": "test_categories_keep_their_quotes_and_commas",
    "19": "test_a_constant_that_moves_is_drift_by_every_distance",
    "20": "test_a_large_negative_integer_is_seen_in_files_and_traffic",
    "21": "test_a_wide_table_has_a_baseline_with_pandas_means",
    "22": "test_a_prediction_that_has_run_away_is_a_finding_and_no_crash",
    "23": "test_a_row_of_csv_that_is_none_is_set_aside_and_the_others_are_read",
    "25": "test_the_lines_of_a_csv_file_as_traffic_are_the_same_rows",
    "26": "test_a_value_is_the_text_that_was_typed",
    "27": "test_a_field_that_is_left_out_is_missing_and_a_new_one_is_extra",
    "28": "test_empty_payloads_are_set_aside_and_too_many_of_them_are_an_error",
    "29": "test_a_model_that_looks_at_nothing_any_more_is_a_finding",
    "30": "test_wild_predictions_do_not_widen_what_is_allowed",
    "32": "test_labels_join_however_they_are_written_and_an_empty_id_is_none",
    "33": "test_images_have_classes_and_no_columns",
    "34": "test_a_baseline_comes_of_requests_in_base64_and_of_fields_that_come_later",
}


def test_every_case_has_its_test() -> None:
    found = {
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert {number: test for number, test in TESTS.items() if test not in found} == {}
    assert len(TESTS) == 29
