"""GoogleSQL's keywords, and those of BigQuery's own functions that a typed SELECT may call."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


JOINS = _words("CROSS FULL INNER JOIN LEFT RIGHT")
SETS = _words("EXCEPT INTERSECT UNION")
AFTER_TABLES = SETS | _words("GROUP HAVING LIMIT ORDER QUALIFY WHERE WINDOW")
# Whatever ends an expression.
CLAUSES = AFTER_TABLES | JOINS | _words("FROM ON SELECT USING WITH")
# Keywords that an expression is made of. A bracket may follow those of the first group.
BEFORE_BRACKET = _words(
    """ALL AND ANY ARRAY AS BETWEEN BY CASE CUBE DISTINCT ELSE EXCEPT EXISTS IN INTERVAL LIKE NOT OR OVER REPLACE ROLLUP
    SETS SOME STRUCT THEN UNNEST WHEN"""
)
PLAIN = BEFORE_BRACKET - {"BY"} | _words(
    """ASC AT COLLATE CURRENT DESC END ESCAPE FALSE FOLLOWING GROUPING IGNORE IS NULL NULLS OF PARTITION PRECEDING RANGE
    RESPECT ROWS TRUE UNBOUNDED ZONE"""
)
# All that nothing can be called without backquotes.
RESERVED = (
    CLAUSES
    | PLAIN - _words("REPLACE SETS ZONE")
    | _words(
        """ASSERT_ROWS_MODIFIED BY CAST CONTAINS CREATE DEFAULT DEFINE ENUM EXCLUDE EXTRACT FETCH FOR GROUPS HASH IF
    INTO LATERAL LOOKUP MERGE NATURAL NEW NO OUTER PROTO RECURSIVE SET TABLESAMPLE TO TREAT WITHIN"""
    )
)
# None of these reads a table, a file, or anything outside. SAFE. may stand before each.
FUNCTIONS = _words(
    """
    abs acos acosh any_value approx_count_distinct approx_quantiles approx_top_count approx_top_sum array_agg
    array_concat array_concat_agg array_first array_last array_length array_reverse array_slice array_to_string ascii
    asin asinh atan atan2 atanh avg bit_and bit_count bit_or bit_xor bool byte_length cast cbrt ceil ceiling
    char_length character_length chr coalesce code_points_to_bytes code_points_to_string collate concat contains_substr
    corr cos cosh cosine_distance cot coth count count_if countif covar_pop covar_samp csc csch cume_dist current_date
    current_datetime current_time current_timestamp date date_add date_bucket date_diff date_from_unix_date date_sub
    date_trunc datetime datetime_add datetime_bucket datetime_diff datetime_sub datetime_trunc dense_rank div
    edit_distance ends_with error euclidean_distance exp farm_fingerprint first_value float64 floor format
    format_date format_datetime format_time format_timestamp from_base32 from_base64 from_hex generate_array
    generate_date_array generate_timestamp_array generate_uuid greatest grouping ieee_divide if ifnull initcap instr
    int64 is_inf is_nan json_array json_extract json_extract_array json_extract_scalar json_extract_string_array
    json_keys json_object json_query json_query_array json_type json_value json_value_array justify_days
    justify_hours justify_interval lag last_day last_value lax_bool lax_float64 lax_int64 lax_string lead least left
    length ln log log10 logical_and logical_or lower lpad ltrim make_interval max max_by md5 min min_by mod
    normalize normalize_and_casefold nth_value ntile nullif octet_length offset ordinal parse_bignumeric parse_date
    parse_datetime parse_json parse_numeric parse_time parse_timestamp percent_rank percentile_cont percentile_disc
    pow power rand range_bucket rank regexp_contains regexp_extract regexp_extract_all regexp_instr regexp_replace
    regexp_substr repeat replace reverse right round row_number rpad rtrim safe_add safe_cast
    safe_convert_bytes_to_string safe_divide safe_multiply safe_negate safe_offset safe_ordinal safe_subtract sec sech
    session_user sha1 sha256 sha512 sign sin sinh soundex split sqrt starts_with stddev stddev_pop stddev_samp string
    string_agg strpos substr substring sum tan tanh time time_add time_diff time_sub time_trunc timestamp timestamp_add
    timestamp_bucket timestamp_diff timestamp_micros timestamp_millis timestamp_seconds timestamp_sub timestamp_trunc
    to_base32 to_base64 to_code_points to_hex to_json to_json_string translate trim trunc unicode unix_date unix_micros
    unix_millis unix_seconds upper var_pop var_samp variance week
    net.host net.ip_from_string net.ip_net_mask net.ip_to_string net.ip_trunc net.ipv4_from_int64
    net.ipv4_to_int64 net.public_suffix net.reg_domain net.safe_ip_from_string
    """
)
