namespace Avion.Training;

/// <summary>A value as it stands in YAML or after <c>--set</c>, before its key has given it a type.</summary>
/// <param name="Items">One text, or the texts of a list.</param>
/// <param name="IsList">Whether it was written as a list.</param>
/// <param name="Place">Where it was written, for messages: <c>line 12</c> or <c>--set</c>.</param>
internal sealed record RecipeValue(IReadOnlyList<string> Items, bool IsList, string Place)
{
    public string? Scalar => IsList ? null : Items[0];

    public override string ToString() => IsList ? "[" + string.Join(", ", Items) + "]" : $"'{Items.Single()}'";
}
