namespace Avion.Cli;

/// <summary>Options that are whole numbers within bounds.</summary>
internal static class NumberOption
{
    /// <summary>Makes one.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">For the help.</param>
    /// <param name="otherwise">Its value where it is not given.</param>
    /// <param name="least">The smallest that is taken.</param>
    /// <param name="most">The largest.</param>
    public static Option<int> Create(string name, string description, int otherwise, int least, int most)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out int number) && number >= least && number <= most))
            {
                result.AddError($"{name} is {text}, expected a whole number from {least} to {most}.");
            }
        });
        return option;
    }
}
