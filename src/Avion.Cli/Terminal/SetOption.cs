namespace Avion.Cli;

/// <summary>The `--set path.to.key=value` option that commands with a recipe share; it may be given several times.</summary>
internal static class SetOption
{
    public static Option<string[]> Create() => new("--set")
    {
        Description = "Change one key of the recipe, as path.to.key=value; may be repeated.",
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
    };
}
