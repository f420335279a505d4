/** The part of client-node we use, loaded only by who needs it: named here, so that a bundle takes no more of it than that. */
export { KubeConfig } from '@kubernetes/client-node';
