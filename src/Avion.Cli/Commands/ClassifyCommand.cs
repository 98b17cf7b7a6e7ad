namespace Avion.Cli;

/// <summary>`avion classify MODEL VIDEOS`: the likeliest labels of clips, by their names alone or by a trained classifier.</summary>
internal static class ClassifyCommand
{
    private const int MostViews = 100;

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
            Description = "File with a label on each line. A classifier has its own; a file then names them, and of several heads the option is given for each.",
        };
        Option<string[]> templates = new("--templates")
        {
            Description = $"A text with {{}} where a label goes, which may be given several times; a file of them; or egocentric for '#C C {{}}' and '#C {{}}'. "
                + $"'{ClassifierChoice.UsualTemplate}' if left out.",
        };
        Option<string?> root = new("--videos") { Description = "Where the videos of a list of annotations lie; the list's own folder if left out." };
        WindowOptions windows = new();
        FollowOption follow = new();
        Option<int> top = NumberOption.Create("--top", "Labels that are told of a clip.", EmbedCommand.ListedClasses, 1, ClassList.MostClasses);
        Option<string?> output = new("--output", "-o") { Description = "File for all clips: .csv, or .jsonl for JSON lines." };
        Option<bool> force = ForceOption.Create();
        Option<int> crops = NumberOption.Create("--crops", "Square crops along the long side of the frame, averaged; 1: the centre.", 1, 1, MostViews);
        Option<int> views = NumberOption.Create("--views", "Views of each clip that take other frames of it, averaged.", 1, 1, MostViews);
        ModelOptions weights = new();
        Option<bool> json = JsonOption.Create();
        Command command = new("classify", "Tell the likeliest labels of videos, window by window, by names alone or by a trained classifier.")
        {
            model, videos, labels, templates, root,
        };
        windows.AddTo(command);
        follow.AddTo(command);
        foreach (Option option in (Option[])[top, output, force, crops, views])
        {
            command.Options.Add(option);
        }

        weights.AddTo(command);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.Run(() => new ClassificationWork
        {
            Videos = parsed.GetValue(videos) ?? [], Root = parsed.GetValue(root), Rule = windows.Read(parsed),
            Follow = follow.Read(parsed), Labels = parsed.GetValue(labels) ?? [], Templates = parsed.GetValue(templates) ?? [],
            Top = parsed.GetValue(top), Output = parsed.GetValue(output), Replaces = parsed.GetValue(force), Crops = parsed.GetValue(crops),
            Views = parsed.GetValue(views), Model = weights.Read(parsed, parsed.GetValue(model)!), AsJson = parsed.GetValue(json),
        }.Run(cancellation), CancellationToken.None));
        return command;
    }
}
