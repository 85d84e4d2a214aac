"""The words that mutations insert: of the dialect, of the rule book, and what is no word at all."""

from __future__ import annotations

from fuzz.seeds import every_rule
from seqinspect.compare.lock import LOCK_NAME, SCHEMA
from seqinspect.lint.registry import LEVELS, all_kinds
from seqinspect.readers.elements.inputs import IGNORED_KEYS, INPUT_KEYS
from seqinspect.readers.keras_config.keras1 import ARGUMENTS, CLASSES, FIRST_LAYER
from seqinspect.rules import COMMON, MODULES
from seqinspect.rules.arguments import choices_of
from seqinspect.rules.objects import ACTIVATIONS, DTYPES, FAMILIES
from seqinspect.rules.registry import LEGACY

DIALECT = r"""
name dims choices $a $act input inputs layers outputs custom expect from call reuse repeat
class_name config shape batch batch_shape time_axis Sequential Functional Input InputLayer params
null true false T n a b t 0 1 2 3 -1 10 100000 1000000000000000000 0.5 -0.5 .inf .nan 1e400 2*n T//2
n-8 S ~ '' [] {} &a *a !!int <<: ? - | > # %YAML --- \u202e \ud800 é
"""
CONFIGS = r"""
class_name config module registered_name build_config input_shape inbound_nodes input_layers
output_layers keras_version backend args kwargs keras_history value items __keras_tensor__
__tuple__ __numpy__ __lambda__ __ellipsis__ serialized_options dtype DTypePolicy Model Functional
modelTopology model_config NaN Infinity \u0000 1e400
"""
SETTINGS = r'''
select ignore fail-on static exclude per-path-ignores budgets params multiply_adds bytes
receptive_field [tool.seqinspect] [budgets] "**" "spec.yaml" "<=1_000" "<n*T" KiB MiB = """ [ ]
{ } true nan inf 0x10 1e3 \u202e \U00110000
'''
LOCKS = r"""
models schema model dims inputs outputs params trainable formula multiply_adds bytes causal layers
type from output weights reads depends null true NaN Infinity [] {} -1 1e999 \ud800 \u202e spec.yaml
lstm dense
"""
CODE = r"""
import from keras.layers keras tf.keras layers. as def class lambda return if else elif for in while
with try except: pass break continue del global yield await self super() __init__ call build None
True False Sequential Model Input Input((10,8)) model.add( .shape[1] .shape[1:] .output .layers x y
inputs= outputs= input_shape= batch_input_shape= (x) [x,x] [:, -1, :] range( len( zip( enumerate(
sum( max( int( str( np.zeros( .reshape( .format( % f'{n}' K. ops. + - * / // ** @ == != < and or not
is in ( ) [ ] { } , : = += *a **k 1e400 10**18 'a' "" \ # ``` ; \t é
"""
NOTEBOOKS = r"""
cells cell_type code markdown raw source input worksheets metadata outputs nbformat kernelspec
language python null true [] {} "" , : \n \u0000 \ud800 1e400 -1 %matplotlib !pip %%bash
"""
SPACES = """
n cell params causal and or not true false null <= >= < > == != + - * / // % ** ( ) , : . ' " 0 1 9
1M 64KiB 1.5k 1e9 1e400 1_000 10**18 'GRU' :min :max 8:256:8 LSTM ≤ ≥ is in if else lambda f( [ ]
n.x \\ ٣ é
"""
EXPRESSIONS = """
n T S + - * // / ** ( ) , ceil( floor( min( max( ceil_div( 0 1 2 10 99 × − ² n**2 . ' [ 1e3 lambda
n) (S+1) //2 *S 9999999999999999999
"""


def of_specs() -> tuple[str, ...]:
    """Names of the dialect, of layers and of their arguments, and values."""
    rules = every_rule()
    named = {name for rule in rules for name in (*rule.options, *rule.calls)}
    kinds = {each.kind.removesuffix(" | None") for rule in rules for each in rule.options.values()}
    choices = {str(choice) for kind in kinds for choice in choices_of(kind)}
    families = {name for names in FAMILIES.values() for name in names}
    known = {*MODULES, *COMMON, *INPUT_KEYS, *IGNORED_KEYS, *ACTIVATIONS, *DTYPES}
    return (*sorted(named | choices | families | known), *DIALECT.split())


def of_configs() -> tuple[str, ...]:
    """The words of specs, and those of configs of all versions of Keras."""
    return (*of_specs(), *CONFIGS.split(), *ARGUMENTS, *CLASSES, *LEGACY, *FIRST_LAYER)


def of_code() -> tuple[str, ...]:
    """Words of Python and of Keras, layers and their arguments."""
    return (*of_specs(), *CODE.split(), *ARGUMENTS, *CLASSES)


def of_notebooks() -> tuple[str, ...]:
    """Words of code, and the keys of notebooks."""
    return (*of_code(), *NOTEBOOKS.split())


def of_spaces() -> tuple[str, ...]:
    """What conditions, orders, axes and budgets are made of, and what they are not."""
    return tuple(SPACES.split())


def of_settings() -> tuple[str, ...]:
    """Keys and values of settings."""
    kinds = all_kinds()
    return (*SETTINGS.split(), *LEVELS, *(kind.name for kind in kinds.values()), *kinds)


def of_locks() -> tuple[str, ...]:
    """Keys and values of locks."""
    return (*LOCKS.split(), SCHEMA, LOCK_NAME)


def of_expressions() -> tuple[str, ...]:
    """What sizes are made of, and what they are not."""
    return tuple(EXPRESSIONS.split())
