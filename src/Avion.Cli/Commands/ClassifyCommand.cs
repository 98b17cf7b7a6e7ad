namespace Avion.Cli;

/// <summary>`avion classify MODEL VIDEOS`: the likeliest labels of clips, by their names alone or by a trained classifier.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        ModelOptions model = new();
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
        Option<string?> root = ListVideosOption.Create();
        WindowOptions windows = new();
        FollowOption follow = new();
        Option<int> top = NumberOption.Create("--top", "Labels that are told of a clip.", EmbedCommand.ListedClasses, 1, ClassList.MostClasses);
        Option<string?> output = new("--output", "-o") { Description = "File for all clips: .csv, or .jsonl for JSON lines." };
        Option<bool> force = ForceOption.Create();
        ViewOptions views = new(fate: ", averaged");
        Option<bool> json = JsonOption.Create();
        Command command = new("classify", "Tell the likeliest labels of videos, window by window, by names alone or by a trained classifier.")
        {
            model.Model, videos, labels, templates, root,
        };
        windows.AddTo(command);
        follow.AddTo(command);
        foreach (Option option in (Option[])[top, output, force])
        {
            command.Options.Add(option);
        }

        views.AddTo(command);
        model.AddTo(command);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.Run(() => new ClassificationWork
        {
            Videos = parsed.GetValue(videos) ?? [], Root = parsed.GetValue(root), Rule = windows.Read(parsed),
            Follow = follow.Read(parsed), Labels = parsed.GetValue(labels) ?? [], Templates = parsed.GetValue(templates) ?? [],
            Top = parsed.GetValue(top), Output = parsed.GetValue(output), Replaces = parsed.GetValue(force),
            Model = views.Read(parsed, model.Read(parsed)), AsJson = parsed.GetValue(json),
        }.Run(cancellation), CancellationToken.None));
        return command;
    }
}
