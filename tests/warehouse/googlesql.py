"""Google's own analyzer of GoogleSQL (ZetaSQL), which is told the tables, views and routines of the warehouse.

The emulator takes some statements that BigQuery would refuse. Nothing here is run, and nobody is asked.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from google.cloud.bigquery import SchemaField
from zetasql.api import Analyzer, FunctionBuilder, SignatureBuilder, TableBuilder, TVFBuilder, TypeFactory
from zetasql.types import (
    AnalyzerOptions,
    LanguageOptions,
    ResolvedStatement,
    SimpleCatalog,
    Type,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)
from zetasql.types.proto_model import LanguageFeature, ProductMode

from include.warehouse.definitions import Definition
from include.warehouse.schemas import TableSpec

KINDS = {
    "STRING": TypeKind.TYPE_STRING,
    "BYTES": TypeKind.TYPE_BYTES,
    "INTEGER": TypeKind.TYPE_INT64,
    "INT64": TypeKind.TYPE_INT64,
    "FLOAT": TypeKind.TYPE_DOUBLE,
    "FLOAT64": TypeKind.TYPE_DOUBLE,
    "BOOLEAN": TypeKind.TYPE_BOOL,
    "BOOL": TypeKind.TYPE_BOOL,
    "DATE": TypeKind.TYPE_DATE,
    "TIMESTAMP": TypeKind.TYPE_TIMESTAMP,
}
# The language has them, and BigQuery does not.
NOT_BIGQUERYS = (
    LanguageFeature.FEATURE_ARRAY_EQUALITY,
    LanguageFeature.FEATURE_ARRAY_ORDERING,
    LanguageFeature.FEATURE_ARRAY_GREATEST_LEAST,
    LanguageFeature.FEATURE_ARRAY_ELEMENTS_WITH_SET,
    LanguageFeature.FEATURE_BARE_ARRAY_ACCESS,
    LanguageFeature.FEATURE_GROUP_BY_ARRAY,
    LanguageFeature.FEATURE_UNNEST_AND_FLATTEN_ARRAYS,
)
Columns = list[tuple[str, Type]]


class GoogleSQL:
    """What has been told to it exists; `check` raises for a statement that BigQuery would refuse."""

    def __init__(self, specs: Iterable[TableSpec]) -> None:
        language = LanguageOptions.maximum_features()
        language.product_mode = ProductMode.PRODUCT_EXTERNAL  # BigQuery's: no types of Google's inside
        language.reserved_keywords = ["QUALIFY"]
        language.enabled_language_features = [
            it for it in language.enabled_language_features if it not in NOT_BIGQUERYS
        ]
        self._datasets: dict[str, SimpleCatalog] = {}
        self._root = SimpleCatalog(
            name="root", builtin_function_options=ZetaSQLBuiltinFunctionOptions(language_options=language), catalog=[]
        )
        self._options = AnalyzerOptions(language_options=language, allow_undeclared_parameters=True)
        self._analyzer = Analyzer(self._options, self._root)
        for spec in specs:
            self.table(spec.address, [(column.name, type_of(column)) for column in spec.fields])

    def check(self, statement: str, parameters: Mapping[str, str] | None = None) -> ResolvedStatement:
        """The statement as Google understands it. A parameter that is not given a type takes the one that fits."""
        self._options.query_parameters = [
            AnalyzerOptions.QueryParameter(name=name, type=self.type_named(named))
            for name, named in (parameters or {}).items()
        ]
        return self._analyzer.analyze_statement(statement)

    def type_named(self, text: str) -> Type:
        """The type that is written so: `ARRAY<STRUCT<a INT64>>`."""
        self._options.query_parameters = []
        return self._analyzer.analyze_statement(f"SELECT CAST(NULL AS {text})").output_column_list[0].column.type

    def table(self, address: str, columns: Columns) -> None:
        dataset, name = address.split(".")
        builder = TableBuilder(name)
        for column, kind in columns:
            builder.add_column(column, kind)
        self._add(dataset, "table", builder.build())

    def written(self, address: str, statement: str, parameters: Mapping[str, str] | None = None) -> None:
        """Checks a statement that makes a table, which exists from then on."""
        self.table(address, _columns(self.check(statement, parameters)))

    def define(self, it: Definition) -> None:
        """Checks the statement of a view or routine, which exists from then on."""
        made = self.check(it.statement)
        dataset, name = it.address.split(".")
        if it.kind == "VIEW":
            self.table(it.address, _columns(made))
        elif it.kind == "FUNCTION":
            self._add(dataset, "custom_function", _function(name, made))
        else:
            self._add(dataset, "custom_tvf", _table_function(name, made))

    def _add(self, dataset: str, what: str, made: Any) -> None:
        if dataset not in self._datasets:
            self._datasets[dataset] = SimpleCatalog(name=dataset)
            self._root.catalog = list(self._datasets.values())
        catalog = self._datasets[dataset]
        setattr(catalog, what, [*(getattr(catalog, what) or []), made])


def type_of(column: SchemaField) -> Type:
    if column.field_type in ("RECORD", "STRUCT"):
        kind = TypeFactory.create_struct_type([(field.name, type_of(field)) for field in column.fields])
    else:
        kind = TypeFactory.create_simple_type(KINDS[column.field_type])
    return TypeFactory.create_array_type(kind) if column.mode == "REPEATED" else kind


def _columns(made: ResolvedStatement) -> Columns:
    return [(column.name, column.column.type) for column in made.output_column_list]


def _function(name: str, made: ResolvedStatement) -> Any:
    builder = SignatureBuilder()
    for argument in made.signature.argument:
        builder.add_argument(argument.type)
    signature = builder.set_return_type(made.return_type).build()
    return FunctionBuilder(name).add_signature(_once(signature)).build()


def _table_function(name: str, made: ResolvedStatement) -> Any:
    builder = TVFBuilder(name)
    for argument, asked in zip(made.argument_name_list, made.signature.argument, strict=True):
        builder.add_argument(argument, asked.type)
    function = builder.set_output_schema(_columns(made)).build()
    _once(function.signature)
    return function


def _once(signature: Any) -> Any:
    """The builders leave it open how often an argument comes, and the analyzer takes that for never."""
    for argument in (*signature.argument, signature.return_type):
        if argument is not None:
            argument.num_occurrences = 1
    return signature
