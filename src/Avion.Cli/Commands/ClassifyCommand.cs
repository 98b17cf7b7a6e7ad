namespace Avion.Cli;

/// <summary>`avion classify MODEL VIDEOS`: the likeliest labels of clips, by their names alone or by a trained classifier.</summary>
internal static class ClassifyCommand
{
    private const int MostViews = 100, MostBatch = 1 << 16;

    public static Command Create()
    {
        Argument<string> model = new("MODEL") { Description = "File of weights that describes itself, checkpoint, or run folder." };
        Argument<string[]> videos = new("VIDEOS")
        {
            Description = "Videos, folders of videos or of chunks, tar shards; or one list of annotations. With --follow a growing file or a folder.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string[]> labels = new("--labels")
        {
            Description = "File with a label on each line. A classifier has its own; a file then names them, of several heads one for each.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> templates = new("--templates")
        {
            Description = $"Texts with {{}} where a label goes, a file of them, or egocentric for '#C C {{}}' and '#C {{}}'; '{ClassifierChoice.UsualTemplate}' if left out.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> root = new("--videos") { Description = "Where the videos of a list of annotations lie; the list's own folder if left out." };
        WindowOptions windows = new();
        FollowOption follow = new();
        Option<int> top = NumberOption.Create("--top", "Labels that are told of a clip.", EmbedCommand.ListedClasses, 1, ClassList.MostClasses);
        Option<string?> output = new("--output", "-o") { Description = "File for all clips: .csv, or .jsonl for JSON lines." };
        Option<bool> force = new("--force") { Description = "Replace the file of --output." };
        Option<int> crops = NumberOption.Create("--crops", "Square crops along the long side of the frame, averaged; 1: the centre.", 1, 1, MostViews);
        Option<int> views = NumberOption.Create("--views", "Views of each clip that take other frames of it, averaged.", 1, 1, MostViews);
        Option<string?> vocabulary = new("--vocabulary")
        {
            Description = "Merges file that the model was trained with; the checkpoint's own if left out.",
        };
        Option<int> batch = NumberOption.Create("--batch-size", "Clips that go through the model at once.", new FeatureOptions().BatchSize, 1, MostBatch);
        Option<int> decode = NumberOption.Create("--decode-threads", "Threads that read videos; 0: one per processor.", 0, 0, 1024);
        Option<string> device = DevicesOption.CreateForWeights();
        Option<string?> precision = new("--precision") { Description = "Type of activations and working weights: auto, bf16, float32 or tf32." };
        Option<int> threads = ThreadsOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("classify", "Tell the likeliest labels of videos, window by window, by names alone or by a trained classifier.")
        {
            model, videos, labels, templates, root,
        };
        windows.AddTo(command);
        follow.AddTo(command);
        foreach (Option option in (Option[])[top, output, force, crops, views, vocabulary, batch, decode, device, precision, threads, json])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.Run(() => new ClassificationWork
        {
            Model = parsed.GetValue(model)!, Videos = parsed.GetValue(videos) ?? [], Root = parsed.GetValue(root), Rule = windows.Read(parsed),
            Follow = follow.Read(parsed), Labels = parsed.GetValue(labels) ?? [], Templates = parsed.GetValue(templates) ?? [],
            Top = parsed.GetValue(top), Output = parsed.GetValue(output), Replaces = parsed.GetValue(force), Vocabulary = parsed.GetValue(vocabulary),
            Features = new FeatureOptions
            {
                BatchSize = parsed.GetValue(batch), DecodeThreads = parsed.GetValue(decode), Crops = parsed.GetValue(crops),
                TemporalViews = parsed.GetValue(views),
            },
            Devices = DevicesOption.Read(parsed.GetValue(device)!), Precision = parsed.GetValue(precision), Threads = parsed.GetValue(threads),
            AsJson = parsed.GetValue(json),
        }.Run(cancellation), CancellationToken.None));
        return command;
    }
}
