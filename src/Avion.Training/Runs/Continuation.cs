namespace Avion.Training;

/// <summary>Where a run goes on: at its newest good checkpoint, on the arithmetic that made it, or at step 0.</summary>
internal sealed class Continuation
{
    private readonly RunFolder _folder;
    private readonly TrainingOptions _options;
    private readonly List<string> _warnings = [];
    private readonly IReadOnlyList<string> _extensions, _relocations;

    /// <summary>Finds the checkpoint, and the matrix library that it was made with, and reads the training set through.</summary>
    /// <exception cref="RunException">There were checkpoints, and none is good.</exception>
    public Continuation(RunFolder folder, TrainingOptions options, TrainingData data)
    {
        (_folder, _options, _extensions, _relocations) = (folder, options, folder.Extensions, folder.Relocations);
        From = folder.IsResumed ? folder.Checkpoints.LoadNewest(_warnings.Add) : null;
        if (folder.IsResumed && From is null)
        {
            RequireNothingLost();
            _warnings.Add($"'{folder.Path}' has no usable checkpoint: the run begins again at step 0.");
        }

        Matrix = options.Matrix ?? (MatrixLibraries.IsChosenByUser || Was is null ? null : MatrixLibraries.Find(Was.MatrixLibrary));
        TrainingSet = data.Train?.ComputeDigest();
    }

    /// <summary>What the training set says; null where it does not tell.</summary>
    public ClipSetDigest? TrainingSet { get; }

    /// <summary>The checkpoint; null where the run begins at step 0.</summary>
    public LoadedCheckpoint? From { get; }

    /// <summary>The library to multiply with; null for the best of the machine.</summary>
    public MatrixLibrary? Matrix { get; }

    /// <summary>What the log and the user should know.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    private RunArithmetic? Was => From?.State.Arithmetic;

    /// <summary>Makes sure that the numbers go on as they would have, or that the user wants others.</summary>
    /// <exception cref="RunException">They would differ.</exception>
    public void CheckArithmetic(RunArithmetic now)
    {
        if (Was is not { } was)
        {
            return;
        }

        IReadOnlyList<string> differences = was.DifferencesTo(now);
        string text = string.Join("; ", differences);
        if (differences.Count > 0 && !_options.AllowsOtherArithmetic)
        {
            throw new RunException($"'{_folder.Path}' was trained with other arithmetic than there is here ({text}): its losses would "
                + "differ from the seventh digit on from those of an undisturbed run. Bring back what it had, or go on with "
                + "--allow-other-arithmetic.");
        }

        if (differences.Count > 0)
        {
            _warnings.Add($"The run goes on with other arithmetic ({text}): losses differ from the seventh digit on.");
        }

        if (was.VersionsOtherThan(now) is [_, ..] versions)
        {
            _warnings.Add($"The run goes on with other versions ({string.Join("; ", versions)}), which should change no number.");
        }
    }

    /// <summary>Makes sure that the checkpoint's place means the same clips.</summary>
    /// <exception cref="RunException">It does not.</exception>
    public void CheckPlace(BatchPlan plan)
    {
        if (From is not { } from)
        {
            return;
        }

        Recipe recipe = _folder.Recipe;
        if (from.State.RecipeHash != RecipeWriter.Hash(recipe)
            && RecipeWriter.Differences(RecipeReader.ReadFile(from.RecipePath), recipe) is [_, ..] differences)
        {
            throw new RunException($"Checkpoint '{from.Folder}' was made by another recipe than '{_folder.RecipePath}', which has been "
                + "changed since:" + string.Concat(differences.Select(difference => "\n  " + difference))
                + "\nRestore it, or start a new run with --set output.folder=…");
        }

        long end = (long)recipe.Train.Epochs * plan.StepsPerEpoch;
        if (end < from.State.Step)
        {
            long least = (from.State.Step + plan.StepsPerEpoch - 1) / plan.StepsPerEpoch;
            throw new RunException($"train.epochs={recipe.Train.Epochs} ends at step {end}, but the run is at step {from.State.Step} of "
                + $"epoch {from.State.Epoch} already: expected at least {least} epochs.");
        }

        if (from.State.SampleCount != plan.SampleCount)
        {
            throw new RunException($"The training set has {plan.SampleCount} samples, but the run began with {from.State.SampleCount}: "
                + "its position would mean other clips. Restore annotations and videos, or start a new run with --set output.folder=…");
        }

        if (from.State.TrainingSet is { } began && TrainingSet is { } now && began.DifferencesTo(now) is [_, ..] changes)
        {
            throw new RunException($"The training set has as many samples as when the run began, but other {string.Join(", ", changes)}, "
                + "or has them in another order: the steps to come would not be those of the run. Restore what it began with, "
                + "name its place with --set data.train.annotations=… --set data.train.videos=…, or start a new run with --set "
                + $"output.folder=…, from these weights with --set model.initialize_from={_folder.Path}.");
        }
    }

    /// <summary>Tells what was found, in the log too.</summary>
    public void Tell(RunReporter reporter)
    {
        long step = From?.State.Step ?? 0;
        foreach (string warning in _warnings)
        {
            reporter.Warning(step, From?.State.Epoch ?? 0, warning);
        }

        if (From is not null)
        {
            reporter.Message($"Resumed from step {step}.");
        }

        if (_extensions.Count > 0)
        {
            reporter.Message($"The run has another end ({string.Join(", ", _extensions)}): from here on the schedule is that of the new "
                + "length, so the learning rate may jump.");
        }

        if (_relocations.Count > 0)
        {
            reporter.Message($"Data is read from elsewhere: {string.Join(", ", _relocations)}.");
        }

        if (From is { State.TrainingSet: null } && TrainingSet is not null
            && _relocations.Any(change => change.StartsWith("data.train.", StringComparison.Ordinal)))
        {
            reporter.Warning(step, From.State.Epoch, "The checkpoint does not tell what the run trained on, so it is not known whether the "
                + "training set says the same where it lies now.");
        }

        if (Matrix is not null && _options.Matrix is null && Matrix.Name != MatrixLibraries.Best.Name)
        {
            reporter.Message($"Products go on with {Matrix.Name}, as before; new runs take {MatrixLibraries.Best.Name} here.");
        }
    }

    /// <summary>A day of training may lie in damaged files, so a run that had checkpoints begins anew only when told to.</summary>
    private void RequireNothingLost()
    {
        int damaged = _folder.Checkpoints.Steps.Count;
        if (_options.AllowsRestart || (damaged == 0 && !_folder.HasSaved))
        {
            return;
        }

        string what = damaged > 0
            ? $"none of its {damaged} checkpoints is whole:" + string.Concat(_warnings.Select(warning => "\n  " + warning))
            : "its log tells of checkpoints, and there are none.";
        throw new RunException($"'{_folder.Path}' cannot go on: {what}\nRestore a checkpoint from a copy, or begin again at step 0 with: "
            + $"avion train --resume {_folder.Path} --allow-restart");
    }
}
