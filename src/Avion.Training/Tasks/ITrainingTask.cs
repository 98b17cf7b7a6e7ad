namespace Avion.Training;

/// <summary>What a task answers before there is a model: its name, recipe keys and metrics, and how its data is opened.</summary>
/// <typeparam name="TSelf">The task.</typeparam>
public interface ITrainingTask<TSelf> where TSelf : TrainingTask, ITrainingTask<TSelf>
{
    /// <summary>The recipe's word for it, as in <c>task: contrastive</c>.</summary>
    static abstract string Name { get; }

    /// <summary>What it trains, as a sentence.</summary>
    static abstract string Meaning { get; }

    /// <summary>Its part of a recipe, with the values of keys that a recipe does not state.</summary>
    static abstract TaskOptions Options { get; }

    /// <summary>Its keys beside those that all recipes have: <c>model.*</c>, and options of its own in any section.</summary>
    static abstract IEnumerable<RecipeKey> Keys { get; }

    /// <summary>The metrics that may decide which checkpoint is the best; the first decides unless the recipe names another.</summary>
    static abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Whether its evaluators average the answers to several views of a clip; recipes then have <c>evaluate.temporal_views</c> and
    /// <c>evaluate.spatial_views</c>. The validation set has the views of a clip next to each other, the crops of one time first.</summary>
    static virtual bool AveragesViews => false;

    /// <summary>Gives keys that all recipes have the values that a recipe of this task takes where it does not state them.</summary>
    static virtual Recipe WithDefaults(Recipe recipe) => recipe;

    /// <summary>Files that <see cref="OpenData"/> leaves in a run folder.</summary>
    static virtual IReadOnlyList<string> RunFiles => [];

    /// <summary>Opens the data that a recipe names: which clips, which frames and crops of them, and what belongs to each.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The run, or for an evaluation the checkpoint: where the task keeps what its data needs beside the
    /// recipe.</param>
    /// <param name="purpose">Evaluation needs the validation set alone.</param>
    /// <exception cref="DataException">Annotations or videos are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no data.</exception>
    static abstract TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose);

    /// <summary>Makes the task with its model.</summary>
    static abstract TSelf Create(TaskSetup setup);
}
