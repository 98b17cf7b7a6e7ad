namespace Avion.Cli;

/// <summary>The demo's recipe, recipes/demo.yaml, which the program carries inside, with the demo's folders and seed.</summary>
internal static class DemoRecipe
{
    private const string ResourceName = "recipes/demo.yaml";

    public static Recipe Read(DemoOptions options, DemoFolders folders)
    {
        using Stream stream = typeof(DemoRecipe).Assembly.GetManifestResourceStream(ResourceName)!;
        using StreamReader reader = new(stream);
        string[] overrides =
        [
            $"data.train.videos={folders.Videos}",
            $"data.train.annotations={folders.TrainingCaptions}",
            $"data.validation.videos={folders.Videos}",
            $"data.validation.annotations={folders.HeldOutCaptions}",
            $"output.folder={folders.Run}",
            string.Create(CultureInfo.InvariantCulture, $"train.seed={options.Seed}"),
        ];
        string[] quick = ["train.epochs=2", "train.batch_size=16", "schedule.warmup_epochs=1", "output.log_every_steps=2"];
        return RecipeReader.Read(reader.ReadToEnd(), ResourceName,
            options.IsQuick ? [.. overrides, .. quick, .. options.Overrides] : [.. overrides, .. options.Overrides]);
    }
}
