package io.sampo.actors.metadata;

/// What travels between a node and the controller of another: [ControllerMessageSerializer] knows all of them.
sealed interface ControllerMessage permits Controller.RemoteSubmit, ControllerGateway.Answered {}
