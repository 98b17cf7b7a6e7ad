namespace Avion.Cli;

/// <summary>Compares a run's recipe with the defaults of its task.</summary>
internal static class RecipeChanges
{
    /// <summary>The keys with other values, in the order of a written recipe.</summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="note">Why there is no comparison; empty where there is.</param>
    public static IReadOnlyList<RecipeChange> Of(string runFolder, out string note)
    {
        note = "";
        try
        {
            Recipe recipe = RecipeReader.ReadFile(Path.Combine(runFolder, CheckpointStore.RecipeFile));
            RecipeSchema schema = RecipeSchema.Of(recipe);
            return
            [
                .. from key in schema.KeysOf(recipe)
                   let value = key.ValueIn(recipe)
                   let otherwise = schema.DefaultOf(key)
                   where value != otherwise
                   select new RecipeChange(key.Path, value, otherwise),
            ];
        }
        catch (Exception error) when (error is RecipeException or IOException or UnauthorizedAccessException)
        {
            note = error.Message;
            return [];
        }
    }
}
